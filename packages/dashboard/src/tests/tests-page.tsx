/** What is tested, by whom, and how it goes. */

import { useNavigate, useSearch } from "@tanstack/react-router";
import { CopyLine } from "../components/copy-line.tsx";
import { EmptyState } from "../components/empty-state.tsx";
import { Fault } from "../components/fault.tsx";
import { count } from "../components/figures.ts";
import { PageHead } from "../components/page.tsx";
import { Picker } from "../components/picker.tsx";
import type { TestSearch } from "./test-search.ts";
import { TestsOfChannel } from "./tests-of-channel.tsx";
import { useTestChannels } from "./use-tests.ts";

export function TestsPage() {
  const search: TestSearch = useSearch({ from: "/tests" });
  const navigate = useNavigate();
  const { channels, left, cut, error } = useTestChannels();
  const channel = search.channel ?? channels[0]?.channel;
  const choices = channels.map((one) => ({ value: one.channel, title: one.channel }));
  if (channel !== undefined && !channels.some((one) => one.channel === channel))
    choices.unshift({ value: channel, title: channel });
  const onSearch = (next: TestSearch) => void navigate({ to: "/tests", search: next, replace: true });
  if (channel === undefined) {
    return (
      <>
        <PageHead title="Tests" />
        <EmptyState title={left > 0 ? `Looking for tests in ${count(left)} sessions and processes` : "No tests yet"}>
          {error !== undefined && (
            <p>
              <Fault text={error} />
            </p>
          )}
          {left === 0 && <Teaching />}
        </EmptyState>
      </>
    );
  }
  return (
    <>
      <PageHead title="Tests">
        <Picker label="of" choices={choices} chosen={channel} onChoose={(value) => onSearch({ channel: value })} />
        {left > 0 && <span className="text-[13px] text-ink-3">Looking into {count(left)} more</span>}
        {cut > 0 && (
          <span className="text-[13px] text-ink-3">{count(cut)} older sessions and processes not looked into</span>
        )}
      </PageHead>
      <TestsOfChannel key={channel} channel={channel} search={search} onSearch={onSearch} />
    </>
  );
}

const Teaching = () => (
  <>
    <p>Python: each test is told as it ends, with the phase that the run turns to.</p>
    <CopyLine text="pytest --signalbox agent:coder-001" says="report a pytest run" />
    <p>
      Any other runner: an agent publishes <code className="font-mono">test_result</code> with its counts and failures.
    </p>
    <CopyLine
      text={`npx signalbox publish agent:coder-001 test_result '{"total":2,"passing":1,"failing":1,"failures":[{"name":"adds"}]}'`}
      says="tell of a test run"
    />
  </>
);
