import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { compileHiding, SharedPublication } from "../../src/index.ts";

const nobody = { roles: [] };

function publicationOf(data: unknown, { type = "note", offset = 7, more = {} } = {}): SharedPublication {
  const message = { id: "e1", type, timestamp: 5, data, ...more };
  return new SharedPublication("agent:a", "k3v9", { offset, type, timestampMs: 5, body: JSON.stringify(message) });
}

/** The view of somebody without roles. */
function viewOf(...rules: Parameters<typeof compileHiding>[0]) {
  const view = compileHiding(rules).viewOf(nobody);
  if (view === undefined) throw new Error("nothing is hidden");
  return view;
}

describe("whose view it is", () => {
  const hiding = compileHiding([
    { fields: ["prompt"], unless: ["approver", "admin"] },
    { fields: ["env"], types: ["process_started"], unless: ["operator", "admin"] },
  ]);

  test("who has a role of every rule has none", () => {
    expect(hiding.viewOf({ roles: ["admin"] })).toBeUndefined();
    expect(hiding.viewOf({ roles: ["approver", "operator"] })).toBeUndefined();
    expect(compileHiding([]).viewOf(nobody)).toBeUndefined();
  });

  test("those to whom the same rules apply share one, whatever their roles are", () => {
    expect(hiding.viewOf({ roles: ["viewer"] })).toBe(hiding.viewOf({ roles: ["agent", "tester"] }));
    expect(hiding.viewOf({ roles: ["viewer", "approver"] })).toBe(hiding.viewOf({ roles: ["approver"] }));
    expect(hiding.viewOf({ roles: ["operator"] })).not.toBe(hiding.viewOf({ roles: ["approver"] }));
    expect(hiding.viewOf({ roles: ["viewer"] })).not.toBe(hiding.viewOf({ roles: ["approver"] }));
  });

  test("rules without an exception hide from everybody", () => {
    expect(compileHiding([{ fields: ["x"], unless: [] }]).viewOf({ roles: ["admin"] })).toBeDefined();
  });
});

describe("a publication", () => {
  const view = viewOf({ fields: ["prompt", 'a"b'], unless: [] }, { fields: ["env"], types: ["note"], unless: [] });

  test("without such a member is itself", () => {
    for (const data of [{}, [], "prompt", null, 5, { text: '"prompt":' }, { prompts: { a: "prompt" } }]) {
      const publication = publicationOf(data);
      expect(view.publication(publication)).toBe(publication);
    }
  });

  test("has [hidden] in its place, at any depth; the rest and its place stay", () => {
    const data = { prompt: "p", list: [{ deep: { prompt: { a: [1] }, keep: 1 } }, [[{ 'a"b': null }]]], keep: "k" };
    const shown = view.publication(
      publicationOf(data, { more: { metadata: { tags: { t: "u" } }, prompt: "not data" } }),
    );
    expect(JSON.parse(shown.json)).toEqual({
      channel: "agent:a",
      epoch: "k3v9",
      offset: 7,
      id: "e1",
      type: "note",
      timestamp: 5,
      data: {
        prompt: "[hidden]",
        list: [{ deep: { prompt: "[hidden]", keep: 1 } }, [[{ 'a"b': "[hidden]" }]]],
        keep: "k",
      },
      metadata: { tags: { t: "u" } },
      prompt: "not data",
    });
    expect(shown).toMatchObject({ channel: "agent:a", epoch: "k3v9", offset: 7, type: "note", timestampMs: 5 });
    expect(shown.message()).toEqual(JSON.parse(shown.json));
  });

  test("of another type keeps what is hidden in one type only", () => {
    expect(view.publication(publicationOf({ env: 1 })).message().data).toEqual({ env: "[hidden]" });
    const other = publicationOf({ env: 1 }, { type: "other" });
    expect(view.publication(other)).toBe(other);
  });

  test("is made once for all of the view, also when others were asked for meanwhile, and once for each view", () => {
    const publication = publicationOf({ prompt: "p" });
    const shown = view.publication(publication);
    shown.wire = new Uint8Array([1]);
    view.publication(publicationOf({ prompt: "another" }));
    expect(view.publication(publication)).toBe(shown);
    expect(viewOf({ fields: ["prompt"], unless: [] }).publication(publication)).not.toBe(shown);
    expect(publication.wire).toBeUndefined();
  });

  test("has no position if it had none", () => {
    const shown = view.publication(publicationOf({ prompt: "p" }, { offset: 0 }));
    expect(shown.offset).toBe(0);
    expect(JSON.parse(shown.json)).not.toHaveProperty("offset");
  });

  test("gives the same JSON whether its message was kept or is parsed again", () => {
    const message = { id: "e1", type: "note", timestamp: 5, data: { prompt: "p" } };
    const kept = { offset: 7, type: "note", timestampMs: 5, body: JSON.stringify(message) };
    const fresh = view.publication(new SharedPublication("agent:a", "k3v9", kept, message));
    expect(fresh.json).toBe(view.publication(new SharedPublication("agent:a", "k3v9", kept)).json);
    expect(message.data.prompt).toBe("p");
  });

  test("its tags are those of what is left", () => {
    const tagsOf = ({ data }: { data: unknown }) => ({ env: String(Reflect.get(Object(data), "env")) });
    const publication = publicationOf({ env: "canary" });
    expect(publication.tags(tagsOf)).toEqual({ env: "canary" });
    expect(view.publication(publication).tags(tagsOf)).toEqual({ env: "[hidden]" });
  });
});

test("a state hides the names of all rules, whatever the type, and is itself when there is none", () => {
  const view = viewOf({ fields: ["prompt"], unless: [] }, { fields: ["env"], types: ["note"], unless: [] });
  const state = { last: { env: { A: "1" }, note: "n" }, log: [{ prompt: "p" }] };
  expect(view.state(state)).toEqual({ last: { env: "[hidden]", note: "n" }, log: [{ prompt: "[hidden]" }] });
  expect(state.log).toEqual([{ prompt: "p" }]);
  const harmless = { last: { note: "n" } };
  expect(view.state(harmless)).toBe(harmless);
});

test("a value deeper than messages may be is not shown", () => {
  let deep: unknown = { prompt: "canary" };
  for (let i = 0; i < 100; i++) deep = [deep];
  expect(JSON.stringify(viewOf({ fields: ["prompt"], unless: [] }).state(deep))).not.toContain("canary");
});

describe("A10 whatever the data", () => {
  const canary = ["can", "ary"].join("");
  const names = ["prompt", "env", "__proto__", "constructor", "a/b", 'q"uote', "é\u0007\ud800", "", "0"];
  const name = fc.oneof(fc.constantFrom(...names), fc.string({ maxLength: 3 }));
  const { data } = fc.letrec<{ data: unknown }>((tie) => ({
    data: fc.oneof(
      { maxDepth: 6 },
      fc.string({ maxLength: 5 }),
      fc.integer(),
      fc.constant(null),
      fc.array(tie("data"), { maxLength: 3 }),
      fc.array(fc.tuple(name, tie("data")), { maxLength: 4 }).map((entries) => Object.fromEntries(entries)),
    ),
  }));

  /** Every value below a hidden name becomes the canary; says whether there was one. */
  function mark(value: unknown, hiddenNames: readonly string[]): { marked: unknown; found: boolean } {
    if (typeof value !== "object" || value === null) return { marked: value, found: false };
    if (Array.isArray(value)) {
      const all = value.map((item) => mark(item, hiddenNames));
      return { marked: all.map(({ marked }) => marked), found: all.some(({ found }) => found) };
    }
    const all = Object.entries(value).map(([key, item]) => {
      const inner = mark(item, hiddenNames);
      return hiddenNames.includes(key) ? { key, marked: { [canary]: [canary] }, found: true } : { key, ...inner };
    });
    const marked = Object.fromEntries(all.map((each) => [each.key, each.marked]));
    return { marked, found: all.some(({ found }) => found) };
  }

  test("nothing hidden is in the text, the message, the tags or the state, and all else is", () => {
    const someNames = fc.uniqueArray(fc.constantFrom(...names), { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(data, someNames, fc.boolean(), (value, fields, typed) => {
        const view = viewOf({ fields, ...(typed ? { types: ["note"] } : {}), unless: [] });
        const { marked, found } = mark(value, fields);
        const publication = publicationOf(marked);
        const shown = view.publication(publication);
        expect(shown === publication).toBe(!found);
        const tags = shown.tags((message) => ({ all: JSON.stringify(message) }));
        const seen = [
          shown.json,
          JSON.stringify(shown.message()),
          JSON.stringify(tags),
          JSON.stringify(view.state(marked)),
        ];
        for (const text of seen) expect(text).not.toContain(canary);
        // Putting the canary back gives what was there.
        const back = JSON.stringify(shown.message().data).replaceAll('"[hidden]"', `{"${canary}":["${canary}"]}`);
        expect(back).toBe(JSON.stringify(marked));
      }),
      { numRuns: 2_000 },
    );
  });
});
