/** What somebody sees to whom some rules apply. */
import { SharedPublication } from "../publication.ts";
import { hideMembers } from "./members.ts";

export interface View {
  /** The publication as it may be seen: itself when nothing in it is hidden, else one that all of this view share. */
  publication(publication: SharedPublication): SharedPublication;
  /** A folded state as it may be seen; itself when nothing in it is hidden. */
  state(state: unknown): unknown;
}

/** Names to look for, and how they stand in JSON text. */
interface Names {
  readonly set: ReadonlySet<string>;
  readonly quoted: readonly string[];
}

const namesOf = (fields: Iterable<string>): Names => {
  const set = new Set(fields);
  return { set, quoted: [...set].map((name) => `${JSON.stringify(name)}:`) };
};

/** What a view needs to know of a rule that applies to it. */
interface Applying {
  readonly fields: readonly string[];
  readonly types?: readonly string[] | undefined;
}

/** For people to whom all of these rules apply, and no other. */
export function viewOf(rules: readonly Applying[]): View {
  const always = rules.filter(({ types }) => types === undefined).flatMap(({ fields }) => fields);
  const everywhere = namesOf(always);
  const all = namesOf(rules.flatMap(({ fields }) => fields));
  const byType = new Map<string, Names>();
  for (const type of new Set(rules.flatMap(({ types = [] }) => types))) {
    const own = rules.filter(({ types }) => types?.includes(type)).flatMap(({ fields }) => fields);
    byType.set(type, namesOf([...always, ...own]));
  }
  // Fan-out asks for one publication again and again: the last answer is most often the next.
  let asked: SharedPublication | undefined;
  let answer: SharedPublication | undefined;
  const view: View = {
    publication(publication) {
      if (publication === asked && answer !== undefined) return answer;
      const made = publication.views?.get(view) ?? shown(publication, byType.get(publication.type) ?? everywhere);
      if (made !== publication) {
        publication.views ??= new Map();
        publication.views.set(view, made);
      }
      asked = publication;
      answer = made;
      return made;
    },
    state: (state) => hideMembers(state, all.set),
  };
  return view;
}

function shown(publication: SharedPublication, { set, quoted }: Names): SharedPublication {
  const { channel, epoch, offset, type, timestampMs, json } = publication;
  // The text was made by JSON.stringify, which spells each name in one way only: most events end here, unparsed.
  if (!quoted.some((name) => json.includes(name))) return publication;
  const message = publication.message();
  const data = hideMembers(message.data, set);
  if (data === message.data) return publication;
  // A message that was parsed from the text has its place as members; they are put in front again.
  const { channel: _channel, epoch: _epoch, offset: _offset, ...rest }: Record<string, unknown> = { ...message, data };
  return new SharedPublication(channel, epoch, { offset, type, timestampMs, body: JSON.stringify(rest) });
}
