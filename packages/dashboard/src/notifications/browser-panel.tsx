/** Web Push: this browser, and the others of the same person. */
import { useCallback, useEffect, useState } from "react";
import { Badge } from "../components/badge.tsx";
import { Button } from "../components/button.tsx";
import { Panel } from "../components/panel.tsx";
import { RelativeTime } from "../components/relative-time.tsx";
import { useClient } from "../stores/client.tsx";
import { toast } from "../stores/toasts.ts";
import { calm } from "../text/visible.ts";
import { browserLabel } from "./browser-label.ts";
import { change, type PushKey, readPushState, renew, type Subscription, turnOff, turnOn } from "./browser-push.ts";
import { OptionsForm, usualOptions } from "./options-form.tsx";
import { type PushState, pushWords, subscribeFault } from "./push-state.ts";
import { type Tested, testWords } from "./test-words.ts";
import { messageOf, useAnswer } from "./use-answer.ts";

export function BrowserPanel() {
  const client = useClient();
  const key = useAnswer<PushKey>("/v1/notifications/key");
  const all = useAnswer<{ subscriptions: Subscription[] }>("/v1/notifications/subscriptions");
  const [state, setState] = useState<PushState>();
  const [ownId, setOwnId] = useState<string>();
  const [options, setOptions] = useState(usualOptions);
  const [fault, setFault] = useState<string>();
  const [isBusy, setBusy] = useState(false);
  const { again } = all;

  const look = useCallback(async () => {
    setState(await readPushState());
    setOwnId(await renew(client));
    again();
  }, [client, again]);
  useEffect(() => {
    look().catch((error: unknown) => setFault(messageOf(error)));
  }, [look]);

  const subscriptions = all.answer?.subscriptions ?? [];
  const own = subscriptions.find(({ id }) => id === ownId);
  const run = async (what: () => Promise<unknown>): Promise<void> => {
    setBusy(true);
    setFault(undefined);
    try {
      await what();
      await look();
    } catch (error) {
      setFault(error instanceof DOMException ? subscribeFault(error) : messageOf(error));
    } finally {
      setBusy(false);
    }
  };
  const start = () =>
    run(async () => {
      if (key.answer === undefined) throw new Error(key.error ?? "The gateway has not answered yet.");
      await turnOn(client, key.answer, { label: browserLabel(navigator.userAgent), ...options });
    });

  return (
    <Panel
      title="Notifications of this browser"
      beside={state && <Badge tone={state === "on" ? "done" : "plain"}>{pushWords[state].title}</Badge>}
    >
      {state && <p className="text-[13px] text-ink-2">{pushWords[state].next}</p>}
      {key.answer?.hint && <p className="text-[13px] text-wait">{key.answer.hint}</p>}
      {(state === "on" || state === "off") && (
        <OptionsForm
          options={own ?? options}
          onChange={(next) => {
            setOptions(next);
            if (state === "on") void run(() => change(client, next));
          }}
        />
      )}
      {fault && (
        <p role="alert" className="text-[13px] text-stop">
          {fault}
        </p>
      )}
      {state === "off" && (
        <div>
          <Button look="strong" disabled={isBusy} onClick={() => void start()}>
            Turn on in this browser
          </Button>
        </div>
      )}
      {state === "on" && (
        <div className="flex gap-2">
          <Button disabled={isBusy} onClick={() => void run(() => turnOff(client))}>
            Turn off in this browser
          </Button>
        </div>
      )}
      {all.error && (
        <p role="alert" className="text-[13px] text-stop">
          {all.error}
        </p>
      )}
      {subscriptions.length > 0 && (
        <ul aria-label="Your browsers" className="flex flex-col">
          {subscriptions.map((one) => (
            <Device key={one.id} one={one} isOwn={one.id === ownId} onChanged={() => void look()} />
          ))}
        </ul>
      )}
      {key.answer && (
        <p className="text-xs text-ink-3">You may have {key.answer.limit} browsers and webhooks together.</p>
      )}
    </Panel>
  );
}

function Device({ one, isOwn, onChanged }: { one: Subscription; isOwn: boolean; onChanged: () => void }) {
  const client = useClient();
  const path = `/v1/notifications/subscriptions/${one.id}`;
  const test = async () =>
    toast(...testWords(await client.request<Tested>(`${path}/test`, { method: "POST", body: {} })));
  const remove = async () => {
    await client.request(path, { method: "DELETE" });
    onChanged();
  };
  const failed = (error: unknown) => toast(messageOf(error), "bad");
  return (
    <li className="flex flex-wrap items-center gap-x-3 gap-y-1 border-t border-rule py-2 text-[13px]">
      <span className="min-w-0 flex-1 basis-48">
        <span className="font-medium break-words">{calm(one.label ?? one.service)}</span>{" "}
        {isOwn && <Badge>this one</Badge>}
        <span className="block text-ink-3">
          {one.lastSentMs === undefined ? (
            "nothing sent yet"
          ) : (
            <>
              last told <RelativeTime ms={one.lastSentMs} />
            </>
          )}
          {one.disabled && <span className="text-stop"> · {calm(one.disabled)}</span>}
        </span>
      </span>
      <Button onClick={() => test().then(onChanged, failed)}>Test</Button>
      {!isOwn && <Button onClick={() => remove().catch(failed)}>Remove</Button>}
    </li>
  );
}
