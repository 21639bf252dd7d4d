/** Every shared part, in its states. */
import { type ReactNode, useState } from "react";
import { Badge } from "../components/badge.tsx";
import { Button } from "../components/button.tsx";
import { CopyBlock } from "../components/copy-block.tsx";
import { CopyLine } from "../components/copy-line.tsx";
import { Dialog } from "../components/dialog.tsx";
import { EmptyState } from "../components/empty-state.tsx";
import { Facts } from "../components/facts.tsx";
import { Lamp, LampWord, lampInk } from "../components/lamp.tsx";
import { Panel, Stat } from "../components/panel.tsx";
import { Signal } from "../components/signal.tsx";
import { Sparkline } from "../components/sparkline.tsx";
import { Table } from "../components/table.tsx";
import { Tabs } from "../components/tabs.tsx";
import { Track } from "../components/track.tsx";
import { conditions, type LampName } from "../fleet/condition.ts";
import { Choices, Switch } from "../settings/choices.tsx";
import { toast } from "../stores/toasts.ts";
import { Colours } from "./colours.tsx";

const lamps = Object.keys(lampInk) as LampName[];
const aspects = ["clear", "caution", "danger", "dark"] as const;
const tones = ["plain", "run", "wait", "stop", "done"] as const;
const buttons = ["plain", "strong", "stop", "quiet"] as const;
const load = [4, 9, 12, 30, 44, 41, 60, 72, 51, 38, 22, 31, 47, 58, 62, 40, 18, 9];

export function Parts() {
  return (
    <div className="flex min-w-0 flex-1 basis-80 flex-col gap-4 bg-ground p-4 text-ink">
      <Panel title="Lamps">
        <ul className="grid grid-cols-1 gap-x-4 gap-y-2 sm:grid-cols-2">
          {lamps.map((name) => (
            <li key={name}>
              <LampWord name={name} />
            </li>
          ))}
        </ul>
        <p className="flex gap-2">
          {lamps.slice(0, 6).map((name) => (
            <Lamp key={name} name={name} size={24} />
          ))}
        </p>
      </Panel>
      <Panel title="Signals">
        <p className="flex flex-wrap gap-4">
          {aspects.map((aspect) => (
            <span key={aspect} className="flex items-center gap-2">
              <Signal aspect={aspect} className="h-8 w-8" />
              {aspect}
            </span>
          ))}
        </p>
      </Panel>
      <Panel title="Tracks">
        {conditions.map((condition) => (
          <div key={condition} className="grid grid-cols-[5rem_1fr_1fr] items-center gap-4 text-[13px]">
            {condition}
            <Track condition={condition} progress={undefined} />
            <Track condition={condition} progress={45} />
          </div>
        ))}
      </Panel>
      <Panel title="Buttons">
        <Row>
          {buttons.map((look) => (
            <Button key={look} look={look}>
              {look}
            </Button>
          ))}
        </Row>
        <Row>
          {buttons.map((look) => (
            <Button key={look} look={look} disabled>
              {look}
            </Button>
          ))}
          <Button aria-pressed={true}>pressed</Button>
        </Row>
      </Panel>
      <Panel title="Badges and figures" beside={<Badge>beside the title</Badge>}>
        <Row>
          {tones.map((tone) => (
            <Badge key={tone} tone={tone}>
              {tone}
            </Badge>
          ))}
        </Row>
        <Row>
          <Stat label="Running" value="12" says="of 40" />
          <Stat label="Waiting" value="3" tone="wait" />
          <Stat label="Failed" value="1" tone="stop" />
          <Stat label="Done" value="24" tone="done" />
        </Row>
        <Facts
          facts={[
            ["Runs since", "14:03:22"],
            ["Lines", "81,204"],
          ]}
        />
        <Sparkline values={load} label="CPU" />
        <Sparkline values={[]} label="CPU" />
      </Panel>
      <Panel title="Choices">
        <Chosen />
      </Panel>
      <Panel title="Texts to copy">
        <CopyLine text="npx signalbox run -- npm test" says="an example" />
        <CopyBlock text={'{\n  "allowedOrigins": ["https://app.example.org"]\n}'} says="an example" />
      </Panel>
      <Panel title="Table and tabs">
        <Tabbed />
      </Panel>
      <Panel title="What opens">
        <Opening />
      </Panel>
      <Panel title="Nothing there">
        <EmptyState title="Nothing runs here yet">
          <p>What would change that stands here.</p>
        </EmptyState>
      </Panel>
      <Panel title="Colours">
        <Colours />
      </Panel>
    </div>
  );
}

const Row = ({ children }: { children: ReactNode }) => (
  <div className="flex flex-wrap items-center gap-3">{children}</div>
);

function Chosen() {
  const [size, setSize] = useState<"one" | "two">("one");
  const [on, setOn] = useState(true);
  return (
    <>
      <Choices
        label="One of two"
        choices={[
          ["one", "One"],
          ["two", "Two"],
        ]}
        chosen={size}
        onChoose={setSize}
      />
      <Switch label="On or off" on={on} onChange={setOn} />
    </>
  );
}

function Tabbed() {
  const [tab, setTab] = useState<"rows" | "none">("rows");
  return (
    <Tabs
      label="Example"
      tabs={[
        { name: "rows", label: "Rows" },
        { name: "none", label: "None" },
      ]}
      chosen={tab}
      onChoose={setTab}
    >
      {tab === "rows" ? (
        <Table
          label="Example"
          rows={["coder-001", "coder-002"]}
          keyOf={(row) => row}
          columns={[
            { name: "Agent", cell: (row) => row },
            { name: "State", cell: () => <LampWord name="running" /> },
          ]}
        />
      ) : (
        <p className="p-3 text-ink-2">Nothing in this one.</p>
      )}
    </Tabs>
  );
}

function Opening() {
  const [isOpen, setOpen] = useState(false);
  return (
    <Row>
      <Button onClick={() => setOpen(true)}>A dialog…</Button>
      <Button onClick={() => toast("Something was done.")}>A message</Button>
      <Button onClick={() => toast("Something could not be done.", "bad")}>A bad one</Button>
      {isOpen && (
        <Dialog title="Delete the example?" onClose={() => setOpen(false)}>
          <p className="text-ink-2">It says what will happen before it happens.</p>
          <Row>
            <Button look="stop" onClick={() => setOpen(false)}>
              Delete
            </Button>
            <Button onClick={() => setOpen(false)}>Keep</Button>
          </Row>
        </Dialog>
      )}
    </Row>
  );
}
