/** Webhooks: who is told over HTTP, with which secret, and how that goes. */
import { type FormEvent, useState } from "react";
import { Badge } from "../components/badge.tsx";
import { Button } from "../components/button.tsx";
import { CopyLine } from "../components/copy-line.tsx";
import { Dialog } from "../components/dialog.tsx";
import { moment } from "../components/figures.ts";
import { Panel } from "../components/panel.tsx";
import { RelativeTime } from "../components/relative-time.tsx";
import { inputClass, Labelled } from "../forms/schema-form.tsx";
import { useClient } from "../stores/client.tsx";
import { toast } from "../stores/toasts.ts";
import { calm } from "../text/visible.ts";
import { Deliveries } from "./deliveries.tsx";
import { type Options, OptionsForm, usualOptions } from "./options-form.tsx";
import { type Tested, testWords } from "./test-words.ts";
import { messageOf, useAnswer } from "./use-answer.ts";

interface Webhook extends Options {
  id: string;
  url: string;
  label?: string;
  paused: boolean;
  rotatingUntilMs?: number;
  createdMs: number;
  lastSentMs?: number;
  failures: number;
  disabled?: string;
}

const failed = (error: unknown) => toast(messageOf(error), "bad");

export function WebhooksPanel() {
  const { answer, error, again } = useAnswer<{ webhooks: Webhook[] }>("/v1/notifications/webhooks");
  const [isAdding, setAdding] = useState(false);
  const [secret, setSecret] = useState<string>();
  const webhooks = answer?.webhooks ?? [];
  return (
    <Panel
      title="Webhooks"
      beside={
        <>
          <span className="flex-1" />
          <Button onClick={() => setAdding(true)}>Add a webhook</Button>
        </>
      }
    >
      <p className="text-[13px] text-ink-2">
        A signed POST of JSON to a server of yours: into a chat, a pager, a script. docs/notifications.md has what it
        holds, and how to check its signature.
      </p>
      {error && (
        <p role="alert" className="text-[13px] text-stop">
          {error}
        </p>
      )}
      {webhooks.length > 0 && (
        <ul aria-label="Your webhooks" className="flex flex-col">
          {webhooks.map((one) => (
            <OneWebhook key={one.id} one={one} onChanged={again} onSecret={setSecret} />
          ))}
        </ul>
      )}
      {answer && webhooks.length === 0 && <p className="text-[13px] text-ink-3">There is none yet.</p>}
      {isAdding && (
        <AddWebhook
          onClose={() => setAdding(false)}
          onAdded={(made) => {
            setAdding(false);
            setSecret(made);
            again();
          }}
        />
      )}
      {secret && (
        <Dialog title="The webhook's secret" onClose={() => setSecret(undefined)}>
          <p className="text-[13px] text-ink-2">
            Its receiver checks with this that messages come from here. It is shown this once: keep it where the
            receiver reads it.
          </p>
          <CopyLine text={secret} says="the secret" />
          <div>
            <Button look="strong" onClick={() => setSecret(undefined)}>
              I have it
            </Button>
          </div>
        </Dialog>
      )}
    </Panel>
  );
}

function AddWebhook({ onClose, onAdded }: { onClose: () => void; onAdded: (secret: string) => void }) {
  const client = useClient();
  const [url, setUrl] = useState("");
  const [options, setOptions] = useState(usualOptions);
  const [fault, setFault] = useState<string>();
  const add = (event: FormEvent) => {
    event.preventDefault();
    client
      .request<{ secret: string }>("/v1/notifications/webhooks", { method: "POST", body: { url, ...options } })
      .then(
        ({ secret }) => onAdded(secret),
        (error: unknown) => setFault(messageOf(error)),
      );
  };
  return (
    <Dialog title="Add a webhook" onClose={onClose}>
      <form onSubmit={add} className="flex flex-col gap-3">
        <Labelled label="Address" description="https, on the public internet unless an administrator allows others">
          {(id) => (
            <input
              id={id}
              type="url"
              required
              value={url}
              placeholder="https://hooks.example.org/signalbox"
              onChange={({ target }) => setUrl(target.value)}
              autoComplete="off"
              className={inputClass}
            />
          )}
        </Labelled>
        <OptionsForm options={options} onChange={setOptions} />
        {fault && (
          <p role="alert" className="text-[13px] text-stop">
            {fault}
          </p>
        )}
        <div className="flex gap-2">
          <Button type="submit" look="strong">
            Add
          </Button>
          <Button onClick={onClose}>Back</Button>
        </div>
      </form>
    </Dialog>
  );
}

interface OneWebhookProps {
  one: Webhook;
  onChanged: () => void;
  onSecret: (secret: string) => void;
}

function OneWebhook({ one, onChanged, onSecret }: OneWebhookProps) {
  const client = useClient();
  const [isOpen, setOpen] = useState(false);
  const [turn, setTurn] = useState(0);
  const [asks, setAsks] = useState<"remove" | "rotate">();
  const path = `/v1/notifications/webhooks/${one.id}`;
  const isStopped = one.paused || one.disabled !== undefined;
  const say = (body: object) => client.request(path, { method: "PUT", body }).then(onChanged, failed);
  const test = () =>
    client.request<Tested>(`${path}/test`, { method: "POST", body: {} }).then((tested) => {
      toast(...testWords(tested));
      setTurn((now) => now + 1);
      onChanged();
    }, failed);
  const rotate = () =>
    client.request<{ secret: string }>(`${path}/rotate`, { method: "POST", body: {} }).then(({ secret }) => {
      onSecret(secret);
      onChanged();
    }, failed);
  const remove = () => client.request(path, { method: "DELETE" }).then(onChanged, failed);
  return (
    <li className="flex flex-col gap-2 border-t border-rule py-3 text-[13px]">
      <div className="flex flex-wrap items-center gap-x-3 gap-y-1">
        <span className="min-w-0 flex-1 basis-60 font-mono break-all">{calm(one.url)}</span>
        {one.disabled === undefined ? (
          <Badge tone={one.paused ? "wait" : "done"}>{one.paused ? "paused" : "active"}</Badge>
        ) : (
          <Badge tone="stop">stopped</Badge>
        )}
      </div>
      {one.disabled && (
        <p className="text-stop">Nothing is sent any more: {calm(one.disabled)}. Resume it once it works.</p>
      )}
      {one.rotatingUntilMs !== undefined && (
        <p className="text-wait">Its old secret still signs, until {moment(one.rotatingUntilMs)}.</p>
      )}
      <OptionsForm options={one} onChange={({ notify, delayMs }) => void say({ notify, delayMs })} />
      <div className="flex flex-wrap items-center gap-2">
        <Button onClick={() => void test()}>Test</Button>
        <Button onClick={() => void say({ paused: !isStopped })}>{isStopped ? "Resume" : "Pause"}</Button>
        <Button onClick={() => setAsks("rotate")}>New secret</Button>
        <Button aria-expanded={isOpen} onClick={() => setOpen(!isOpen)}>
          Deliveries
        </Button>
        <Button onClick={() => setAsks("remove")}>Remove</Button>
        <span className="text-ink-3">
          {one.lastSentMs === undefined ? (
            "nothing sent yet"
          ) : (
            <>
              last taken <RelativeTime ms={one.lastSentMs} />
            </>
          )}
        </span>
      </div>
      {isOpen && <Deliveries path={`${path}/deliveries`} turn={turn} />}
      {asks && (
        <Dialog
          title={asks === "remove" ? "Remove this webhook?" : "Give it a new secret?"}
          onClose={() => setAsks(undefined)}
        >
          <p className="text-[13px] break-words text-ink-2">
            {asks === "remove"
              ? "Its server is told nothing more, also not that what it was told is over. Its secret and its deliveries are forgotten."
              : "For a day both secrets sign, so that its receiver can change over; then the old one is worth nothing."}
          </p>
          <div className="flex gap-2">
            <Button
              look={asks === "remove" ? "stop" : "strong"}
              onClick={() => {
                setAsks(undefined);
                void (asks === "remove" ? remove() : rotate());
              }}
            >
              {asks === "remove" ? "Remove it" : "New secret"}
            </Button>
            <Button onClick={() => setAsks(undefined)}>Back</Button>
          </div>
        </Dialog>
      )}
    </li>
  );
}
