/** I12: a command ends once, and its end is neither lost nor changed, whoever was told of it. */
import type { Evidence } from "../evidence.ts";
import type { FinalCommand, FinalEvent } from "../final.ts";
import { type Finding, finding, type Proof } from "../violation.ts";

const endOf: Readonly<Record<string, string>> = {
  command_done: "done",
  command_failed: "failed",
  command_expired: "expired",
  command_cancelled: "cancelled",
};
const ends = new Set(Object.values(endOf));

export function* ended(evidence: Evidence): Iterable<Finding> {
  const words = wordsOf(evidence);
  for (const id of new Set([...evidence.commands.keys(), ...evidence.ids("command")])) {
    const kept = evidence.life("command", id);
    const found = inLog(id, kept) ?? inState(id, kept, evidence.commands.get(id));
    const told = (words.get(id) ?? []).find(({ state }) => state !== evidence.commands.get(id)?.state);
    if (found !== undefined) yield found;
    else if (told !== undefined && evidence.commands.has(id)) {
      const command = evidence.commands.get(id);
      yield finding(`command ${id} is ${command?.state}; somebody was told ${told.state}`, ...told.proof, command);
    }
  }
}

function inLog(id: string, kept: readonly FinalEvent[]): Finding | undefined {
  const at = kept.findIndex(({ type }) => type in endOf);
  const after = at < 0 ? undefined : kept[at + 1];
  if (after === undefined) return undefined;
  return finding(`command ${id} has ${after.type} after its end`, kept[at], after);
}

function inState(id: string, kept: readonly FinalEvent[], command: FinalCommand | undefined): Finding | undefined {
  if (command === undefined) return undefined;
  const end = kept.find(({ type }) => type in endOf);
  const said = end === undefined ? undefined : endOf[end.type];
  if (said === command.state || (said === undefined && !ends.has(command.state))) return undefined;
  return finding(`command ${id} is ${command.state}, its last event says ${said ?? "nothing of an end"}`, end, command);
}

interface Word {
  state: string;
  proof: readonly Proof[];
}

/** What everybody was told of ends, by command. */
function wordsOf({ attempts, told }: Evidence): Map<string, Word[]> {
  const words = new Map<string, Word[]>();
  const say = (id: string, word: Word): void => void words.set(id, [...(words.get(id) ?? []), word]);
  for (const { invoke, answer } of attempts) {
    if (invoke.subject === undefined || answer === undefined) continue;
    const state =
      answer.what === "ok" ? endOf[invoke.type] : answer.what === "refused" ? answer.details.state : undefined;
    const isCommand = invoke.type.startsWith("command_");
    if (isCommand && typeof state === "string" && ends.has(state))
      say(invoke.subject, { state, proof: [invoke, answer] });
  }
  for (const record of told) {
    if (record.of === "command" && ends.has(record.state)) say(record.id, { state: record.state, proof: [record] });
  }
  return words;
}
