/** Who may come in, where nodes share a store: in documents of theirs instead of files, which are taken over once. */
import { readFileSync, renameSync } from "node:fs";
import type { Broker } from "@signalbox/core";
import { type KeyStore, keyStore, keysFormat } from "./api-keys/index.ts";
import { keysFile, revocationsFile } from "./files.ts";
import { contentOf, type KeptFormat } from "./kept.ts";
import { KeptDocument } from "./kept-document.ts";
import { Revocations, revocationsFormat } from "./revocations.ts";

interface SharedAccessOptions {
  broker: Pick<Broker, "document" | "setDocument">;
  /** Its files are taken over where the documents are not there yet; absent: none are. */
  dataDir?: string;
  /** What a person should know. */
  note?(message: string): void;
  onProblem?(problem: string): void;
}

export interface SharedAccess {
  keys: KeyStore;
  revocations: Revocations;
  /** Another node changed this document. */
  changed(name: string): void;
  /** Any of them may have been changed. */
  missed(): void;
  close(): void;
}

/** A change that nobody told of, and a store that lost everything, is found after so long. */
const lookMs = 30_000;

/** Rejects when they cannot be read: going on without them would forget who was refused. */
export async function openSharedAccess(options: SharedAccessOptions): Promise<SharedAccess> {
  const { broker, dataDir, note, onProblem } = options;
  const open = async <Content>(name: string, format: KeptFormat<Content>, file: string | undefined) => {
    if (file !== undefined) await takeOver(broker, name, format, file, note);
    return new KeptDocument({ ...format, broker, name, onProblem }).open();
  };
  const keys = await open("api-keys", keysFormat, dataDir && keysFile(dataDir));
  const revoked = await open("revocations", revocationsFormat, dataDir && revocationsFile(dataDir));
  const documents = new Map<string, { refresh(): Promise<void>; close(): void }>([
    ["api-keys", keys],
    ["revocations", revoked],
  ]);
  const missed = (): void => {
    for (const document of documents.values()) void document.refresh();
  };
  const timer = setInterval(missed, lookMs).unref();
  return {
    keys: keyStore(keys),
    revocations: new Revocations({ path: revoked }),
    changed: (name) => void documents.get(name)?.refresh(),
    missed,
    close() {
      clearInterval(timer);
      for (const document of documents.values()) document.close();
    },
  };
}

async function takeOver<Content>(
  broker: SharedAccessOptions["broker"],
  name: string,
  format: KeptFormat<Content>,
  path: string,
  note: SharedAccessOptions["note"],
): Promise<void> {
  const text = textIn(path);
  if (text === undefined) return;
  const isFirst =
    (await broker.document(name)) === undefined &&
    (await broker.setDocument(name, 0, JSON.stringify(contentOf(text, path, format))));
  if (!isFirst) {
    note?.(`${path} is not read: nodes share what is in their store`);
    return;
  }
  // Once: what was revoked later must not come back with the file, should the store lose all.
  const kept = `${path}.taken-over`;
  renameSync(path, kept);
  note?.(`${path} is taken over into the store that nodes share, and is called ${kept} now`);
}

function textIn(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    throw error;
  }
}
