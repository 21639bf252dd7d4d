/** The suite's scenes as Vue components. */
import type { Part, Scene } from "@signalbox/testkit/bindings";
import {
  provideSignalbox,
  useApprovals,
  useChannel,
  useCommand,
  useConnection,
  usePresence,
  useSnapshot,
} from "@signalbox/vue";
import { type Component, defineComponent, h, type PropType } from "vue";

type Kind = Part["kind"];
type Of<Name extends Kind> = Extract<Part, { kind: Name }>;

/** A part is given whole, and may be replaced by another one of its kind. */
const partOf = <Name extends Kind>(setup: (part: () => Of<Name>) => () => unknown): Component =>
  defineComponent({
    props: { part: { type: Object as PropType<Of<Name>>, required: true } },
    setup: (props) => setup(() => props.part as Of<Name>) as () => ReturnType<typeof h>,
  });

const items = (ids: ReadonlyArray<string | number>) => ids.map((id) => h("li", { key: id, "data-item": id }));

const log = partOf<"log">((part) => {
  const { last } = part();
  const { events, status, error } = useChannel(() => part().channel, last === undefined ? {} : { last });
  const ticks = () => events.value.filter(({ type }) => type === "tick").map(({ data }) => (data as { n: number }).n);
  return () =>
    h("section", { "data-part": "log", "data-status": status.value, "data-error": error.value?.name }, [
      h("ul", items(ticks())),
    ]);
});

const state = partOf<"state">((part) => {
  const { state: folded, status } = useSnapshot<object>(() => part().channel);
  return () => h("section", { "data-part": "state", "data-status": status.value }, JSON.stringify(folded.value));
});

const link = partOf<"link">(() => {
  const { state: at, reason } = useConnection();
  return () => h("section", { "data-part": "link", "data-state": at.value, "data-reason": reason.value?.name });
});

const desk = partOf<"desk">((part) => {
  const { give, command } = useCommand(() => part().target);
  let given: ReturnType<typeof give> | undefined;
  const pause = () => {
    given = give("pause");
  };
  return () =>
    h("section", { "data-part": "desk", "data-state": command.value?.state }, [
      h("button", { "data-do": "pause", onClick: pause }),
      h("button", { "data-do": "cancel", onClick: () => void given?.cancel() }),
    ]);
});

const approvals = partOf<"approvals">((part) => {
  const { open, ended, status, decide } = useApprovals(() => part().pattern);
  const approve = (id: string) => void decide(id, { decision: "approve" });
  return () =>
    h(
      "section",
      { "data-part": "approvals", "data-status": status.value, "data-ended": ended.value[0]?.decision },
      open.value.map(({ checkpointId: id }) =>
        h("li", { key: id, "data-item": id }, h("button", { "data-do": id, onClick: () => approve(id) })),
      ),
    );
});

const here = partOf<"here">((part) => {
  const { name } = part();
  const { members, status } = usePresence(() => part().channel, { name, state: () => ({ view: part().view }) });
  const views = () => members.value.map((member) => String(member.state?.view)).join();
  return () =>
    h(
      "section",
      { "data-part": "here", "data-status": status.value, "data-views": views() },
      members.value.map((member) => member.name).join(),
    );
});

const parts: Readonly<Record<Kind, Component>> = { log, state, link, desk, approvals, here };

const Provider = defineComponent({
  props: { url: { type: String, required: true }, token: { type: String, required: true } },
  setup(props, { slots }) {
    provideSignalbox({ url: props.url, token: props.token });
    return () => slots.default?.();
  },
});

/** Another address or token is another provider. */
export const sceneOf = ({ url, token, parts: shown }: Scene) =>
  h(Provider, { key: `${url} ${token}`, url, token }, () =>
    shown.map((part, at) => h(parts[part.kind], { key: `${part.kind} ${at}`, part })),
  );
