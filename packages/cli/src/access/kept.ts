/** Where keys and revocations are: in the data directory of a gateway on this machine, or in the Redis that nodes share. */
import type { KeptAccess } from "@signalbox/gateway";
import { Failure } from "../failure.ts";
import type { Io } from "../io.ts";
import { accessFailure, type DataDirFlags, dataDirOf, existingDataDirOf } from "./data-dir.ts";

export interface Found extends KeptAccess {
  /** As it is told to people: a directory, or that nodes share it. */
  where: string;
}

/** `mustExist`: what is asked for cannot be in a new directory. */
export async function openAccess(flags: DataDirFlags, io: Io, { mustExist }: { mustExist: boolean }): Promise<Found> {
  const { openKeptAccess } = await import("@signalbox/gateway");
  const { SIGNALBOX_REDIS_URL: redisUrl } = io.env;
  if (redisUrl && flags.dataDir === undefined) {
    try {
      return { ...(await openKeptAccess({ redisUrl })), where: "the Redis that nodes share" };
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      throw new Failure(message, "SIGNALBOX_REDIS_URL says where it is; --data-dir DIR takes a gateway's own files.");
    }
  }
  const dataDir = await (mustExist ? existingDataDirOf : dataDirOf)(flags, io);
  try {
    return { ...(await openKeptAccess({ dataDir })), where: dataDir };
  } catch (error) {
    throw accessFailure(error);
  }
}
