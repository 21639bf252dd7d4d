/** What every scenario does with a subject: start it, load it, end it. */
import type { FiguresOf, Job } from "../load/job.ts";
import { type Place, serverCore } from "../place.ts";
import { runLoad } from "../run-load.ts";
import type { Running, Subject } from "../subjects/subject.ts";

/** Measures the subject, held on the server's core, with the job that `make` gives for it. */
export async function loaded<Kind extends Job["kind"]>(
  subject: Subject,
  place: Omit<Place, "core">,
  make: (server: Running) => Extract<Job, { kind: Kind }>,
): Promise<FiguresOf[Kind]> {
  const server = await subject.start({ ...place, core: serverCore });
  try {
    return await runLoad<Kind>(make(server));
  } finally {
    await server.stop();
  }
}

/** Notes that every scenario may have. */
export function commonNotes(got: { loadCpuShare: number; othersCpuShare: number }): string[] {
  return [
    ...(got.loadCpuShare > 0.9 ? ["the load generator was the limit"] : []),
    ...(got.othersCpuShare > 0.25 ? ["others were at work on this machine"] : []),
  ];
}
