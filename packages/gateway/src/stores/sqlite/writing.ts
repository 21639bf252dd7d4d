/** What the writer's thread does, put together from its parts. */
import type { MessagePort } from "node:worker_threads";
import type { NamespaceOptions } from "@signalbox/core";
import { Channels } from "./channels.ts";
import { filesIn, makeDirectory, markSuspect, type Opened, openDatabase, openOrReplace } from "./database.ts";
import { EventLog, type Outcome, type Row } from "./event-log.ts";
import { Head } from "./head.ts";
import { takeLock } from "./lock.ts";
import { Marks } from "./marks.ts";
import {
  type AppendAnswer,
  type AppendAsk,
  type Answers,
  markWidth,
  type Question,
  rowWidth,
  type WriterAsks,
  type WriterData,
} from "./messages.ts";
import { Reader } from "./reader.ts";
import { refuse, send, serve } from "./serving.ts";
import { Snapshots } from "./snapshots.ts";
import { isDamage } from "./sqlite-errors.ts";
import { Transactions } from "./transactions.ts";
import { Trimmer } from "./trimmer.ts";
import { Types } from "./types.ts";
