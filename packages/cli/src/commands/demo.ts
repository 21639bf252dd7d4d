import type { Command } from "commander";
import type { Io } from "../io.ts";
export function addDemo(_program: Command, _io: Io): void {}
