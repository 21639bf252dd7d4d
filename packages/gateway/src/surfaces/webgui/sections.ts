/**
 * What nodes hear on a link without numbers, numbered alike by all of them (S§5.6). Redis gives every subscriber of a server the
 * same messages in the same order; marks that the reading node publishes among them cut that into sections. A message's key
 * is its section, its content, and how many of the same content the section had before: another node that heard the section
 * from its beginning finds the same key, so that what both of them publish is kept once. In Redis Cluster, where messages of
 * several senders may change places, that is still so but for those that change places with a mark. Pure, but for the hash.
 */
import { hash } from "node:crypto";

export interface Heard {
  channel: string;
  payload: Uint8Array;
  /** Absent: this link has heard no mark yet. */
  key: string | undefined;
}

interface Cut {
  id: string;
  /** Everything before this mark has been published; absent: the reader has not got so far since it began. */
  settled?: string | undefined;
}

interface Options {
  /** Of payloads that are held. */
  bytes: number;
  /** Nobody else can have published what comes before the first mark: it is held too. */
  isAlone?: boolean;
}

interface Section {
  mark: string;
  heard: Heard[];
  bytes: number;
}

/** What a held message takes beside its payload, about. */
const overheadBytes = 300;
/** Of a reader that has not settled anything for so many marks not everything is held. */
const sectionsAtMost = 10_000;

export class Sections {
  readonly #options: Options;
  /** Oldest first; the last is being heard. */
  #sections: Section[] = [];
  /** Times that a content was heard in the newest section. */
  readonly #times = new Map<string, number>();
  #bytes = 0;
  #isWhole = false;

  constructor(options: Options) {
    this.#options = options;
  }

  /** It has heard a mark. */
  get isCounting(): boolean {
    return this.#sections.length > 0;
  }

  /** It holds everything that the reader may not have published. */
  get isWhole(): boolean {
    return this.#isWhole;
  }

  /** The link was cut: nobody knows what was missed. */
  reset(): void {
    this.#sections = [];
    this.#times.clear();
    this.#bytes = 0;
    this.#isWhole = false;
  }

  /** `hold`: another node reads, and this one may have to go on in its place. */
  hear(channel: string, payload: Uint8Array, hold: boolean): Heard {
    if (this.#options.isAlone && !this.isCounting) this.mark({ id: "" });
    const section = this.#sections.at(-1);
    if (section === undefined) return { channel, payload, key: undefined };
    const content = hash("sha1", Buffer.concat([Buffer.from(`${channel}\n`), payload]), "base64url");
    const times = (this.#times.get(content) ?? 0) + 1;
    this.#times.set(content, times);
    const heard = { channel, payload, key: `${section.mark}/${content}/${times}` };
    if (hold) this.#hold(section, heard);
    return heard;
  }

  mark({ id, settled }: Cut): void {
    const known = this.#sections.findIndex(({ mark }) => mark === settled);
    if (known >= 0) {
      for (const { bytes } of this.#sections.splice(0, known)) this.#bytes -= bytes;
      this.#isWhole = true;
    }
    this.#sections.push({ mark: id, heard: [], bytes: 0 });
    this.#times.clear();
    if (this.#sections.length <= sectionsAtMost) return;
    const [oldest] = this.#sections.splice(0, 1);
    this.#bytes -= oldest?.bytes ?? 0;
    this.#isWhole = false;
  }

  /** What the former reader may not have published, in order; it is held no longer. */
  take(): Heard[] {
    const all = this.#sections.flatMap(({ heard }) => heard);
    for (const section of this.#sections) {
      section.heard = [];
      section.bytes = 0;
    }
    this.#bytes = 0;
    return all;
  }

  #hold(section: Section, heard: Heard): void {
    const bytes = heard.payload.length + overheadBytes;
    section.heard.push(heard);
    section.bytes += bytes;
    this.#bytes += bytes;
    // A reader that publishes nothing any more: the oldest are given up first.
    while (this.#bytes > this.#options.bytes) {
      const oldest = this.#sections.find(({ heard: held }) => held.length > 0);
      if (oldest === undefined) return;
      this.#bytes -= oldest.bytes;
      oldest.heard = [];
      oldest.bytes = 0;
      this.#isWhole = false;
    }
  }
}
