/** What the gateway has when all is over: the authority that the histories of the processes are held against. */

export interface FinalEvent {
  channel: string;
  epoch: string;
  offset: number;
  id: string;
  type: string;
  data: Readonly<Record<string, unknown>>;
  /** Published by the gateway itself. */
  byGateway: boolean;
}

export interface FinalChannel {
  channel: string;
  epoch: string;
  /** Oldest kept offset. */
  floor: number;
  /** From there on, in order. */
  events: readonly FinalEvent[];
}

/** Members as `GET /v1/commands` tells them. */
export interface FinalCommand {
  commandId: string;
  state: string;
  expiresAt: number;
  code?: string;
}

/** Members as `GET /v1/checkpoints` tells them. */
export interface FinalCheckpoint {
  checkpointId: string;
  state: string;
  deadline: number;
  decision?: string;
  decidedBy?: string;
}

export interface FinalHistory {
  /** When it was read, milliseconds since 1970. */
  wallMs: number;
  channels: readonly FinalChannel[];
  commands: readonly FinalCommand[];
  checkpoints: readonly FinalCheckpoint[];
}
