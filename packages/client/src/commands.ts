/**
 * Commands as people follow them. One is published like any event, so that it outlives a lost link, and its channel is
 * watched from there; of several together the gateway is asked how they fare.
 */
import { isPattern } from "@signalbox/protocol";
import type { Clock } from "./clock.ts";
import { CommandLife, type Given } from "./command-life.ts";
import { type CommandHandle, type CommandOptions, type CommandRow, commandTypes, hasEnded } from "./command-steps.ts";
import { GatewayError } from "./errors.ts";
import type { Insist } from "./insist.ts";
import type { Client } from "./types.ts";

/** Where the channel may not be watched, one question to the gateway waits so long for the end. */
const waitS = 5;
/** Between two questions about several commands. */
const lookMs = 1_000;
/** As many as the gateway counts in one group. */
const targetsMost = 1_000;

interface CommandsOptions {
  client: Pick<Client, "publish" | "publishAll" | "watch" | "request">;
  clock: Clock;
  insist: Insist;
  newId: () => string;
}

export class Commands {
  readonly #options: CommandsOptions;

  constructor(options: CommandsOptions) {
    this.#options = options;
  }

  give(target: string | readonly string[], name: string, args: unknown, options: CommandOptions = {}): CommandHandle {
    const { newId, clock, client } = this.#options;
    const { commandId = newId(), ttlMs } = options;
    const command = { name, args, ttlMs };
    const several = typeof target !== "string" || isPattern(target);
    const row: CommandRow = { commandId, target: String(target), name, args, state: "sending" };
    const life = new CommandLife(row, several, clock);
    const followed = several ? this.#several(life, target, command) : this.#one(life, target, command);
    const ended = followed.then(
      () => life.snapshot(),
      (error: unknown) => {
        if (!life.refuse(error)) throw error;
        return life.snapshot();
      },
    );
    // Who does not wait for the end need not hear that it could not be seen.
    ended.catch(() => {});
    return {
      commandId,
      ended,
      snapshot: () => life.snapshot(),
      subscribe: life.subscribe,
      async cancel(reason) {
        const open = life.snapshot().commands.filter((each) => !hasEnded(each));
        const results = await client.publishAll(
          open.map((each) => ({
            type: "command_cancelled",
            channel: each.target,
            data: { commandId: each.commandId, reason },
          })),
        );
        for (const result of results) if ("error" in result) throw new GatewayError(result.error);
      },
    };
  }

  /** Resolves when it has ended. */
  async #one(life: CommandLife, target: string, command: object): Promise<void> {
    const { client, insist } = this.#options;
    const { commandId, name } = life.snapshot();
    const draft = { type: "command_queued", channel: target, data: { ...command, commandId, target } };
    const { epoch, offset } = await client.publish(draft);
    life.show({ commandId, target, name, state: "queued" });
    const look = async (wait: number): Promise<void> =>
      life.show(await insist(() => client.request<CommandRow>(`/v1/commands/${commandId}?wait=${wait}`)));
    await new Promise<void>((resolve, reject) => {
      const watch = client.watch(target, {
        since: offset === undefined ? "now" : { epoch, offset },
        filter: { types: commandTypes },
        onEvent: (event) => life.step(event),
        // What is missing may have been a step of it.
        onGap: () => void look(0).catch(reject),
        onState: ({ status }) => {
          if (status === "live" && offset === undefined) look(0).catch(reject);
        },
        onError() {
          const ask = async (): Promise<void> => {
            while (!life.hasEnded()) await look(waitS);
          };
          ask().catch(reject);
        },
      });
      void life.end.then(() => watch.stop()).then(resolve);
    });
  }

  async #several(life: CommandLife, target: string | readonly string[], command: object): Promise<void> {
    const { client, insist, clock } = this.#options;
    const { commandId: group } = life.snapshot();
    life.begin(
      typeof target === "string"
        ? await insist(() => this.#toAll({ ...command, target, commandId: group }))
        : await this.#toEach(target, { ...command, group }),
    );
    while (!life.hasEnded()) {
      const path = `/v1/commands?group=${group}&limit=${targetsMost}`;
      const { commands } = await insist(() => client.request<{ commands: CommandRow[] }>(path));
      for (const row of commands) life.show(row);
      if (!life.hasEnded()) await new Promise<void>((resolve) => clock.after(lookMs, resolve));
    }
  }

  /** To all of a pattern that are at work. */
  async #toAll(body: object): Promise<readonly Given[]> {
    const { commands } = await this.#options.client.request<{ commands: Given[] }>("/v1/commands", {
      method: "POST",
      body,
    });
    return commands;
  }

  /** Numbered, so that the same list given again is the same commands. */
  async #toEach(targets: readonly string[], command: { group: string }): Promise<readonly Given[]> {
    if (targets.length > targetsMost) {
      const message = `A command has at most ${targetsMost} targets.`;
      const help = "Give a list in parts.";
      throw new GatewayError({ name: "payload_too_big", number: 109, message, temporary: false, help });
    }
    const given = targets.map((target, at) => ({ target, commandId: `${command.group}.${at}` }));
    const results = await this.#options.client.publishAll(
      given.map((each) => ({ type: "command_queued", channel: each.target, data: { ...command, ...each } })),
    );
    return given.map((each, at) => {
      const result = results[at];
      return result && "error" in result ? { ...each, error: result.error } : each;
    });
  }
}
