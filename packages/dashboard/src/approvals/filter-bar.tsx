/** Which of them are shown. Everything chosen here stands in the address. */
import type { Checkpoint } from "@signalbox/client/steering";
import { Button } from "../components/button.tsx";
import { CloseIcon } from "../components/icons.tsx";
import { calm } from "../text/visible.ts";
import { agentOf } from "./filter.ts";
import { type RiskLevel, riskLevels, riskWord } from "./risk.ts";
import type { ApprovalsSearch } from "./search.ts";

interface FilterBarProps {
  search: ApprovalsSearch;
  /** What there is to choose from. */
  rows: readonly Checkpoint[];
  onChange: (change: Partial<Record<keyof ApprovalsSearch, unknown>>) => void;
}

const control = "h-8 min-w-0 rounded-md border border-rule bg-raised px-2 text-[13px] max-md:h-10";
/** Names offered at most; others can be searched for. */
const namesMost = 50;

export function FilterBar({ search, rows, onChange }: FilterBarProps) {
  const { q, mine, risk, agent, session } = search;
  const agents = names(rows.map(agentOf), agent);
  const sessions = names(
    rows.map(({ channel }) => (channel.startsWith("session:") ? channel.slice("session:".length) : undefined)),
    session,
  );
  const isFiltered = [q, mine, risk, agent, session].some((one) => one !== undefined);
  return (
    <search className="flex flex-wrap items-center gap-1.5 border-b border-rule px-4 py-2 md:pl-6 lg:pr-3">
      <input
        type="search"
        aria-label="Filter by words"
        placeholder="Filter by words"
        value={q ?? ""}
        onChange={({ target }) => onChange({ q: target.value || undefined })}
        className={`${control} flex-1 basis-32 placeholder:text-ink-3`}
      />
      <Button
        aria-pressed={mine === true}
        className="max-md:h-10"
        onClick={() => onChange({ mine: mine ? undefined : true })}
      >
        {search.list === "decided" ? "By me" : "Mine to decide"}
      </Button>
      <select
        aria-label="Risk"
        value={risk?.length === 1 ? risk[0] : ""}
        onChange={({ target }) => onChange({ risk: target.value === "" ? undefined : [target.value as RiskLevel] })}
        className={control}
      >
        <option value="">{risk && risk.length > 1 ? risk.join(", ") : "Any risk"}</option>
        {riskLevels.map((level) => (
          <option key={level} value={level}>
            {riskWord[level]}
          </option>
        ))}
      </select>
      {agents.length > 0 && (
        <Choice
          label="Agent"
          all="All agents"
          names={agents}
          chosen={agent}
          onChoose={(name) => onChange({ agent: name })}
        />
      )}
      {sessions.length > 0 && (
        <Choice
          label="Session"
          all="All sessions"
          names={sessions}
          chosen={session}
          onChoose={(name) => onChange({ session: name })}
        />
      )}
      {isFiltered && (
        <Button
          look="quiet"
          aria-label="No filter"
          onClick={() =>
            onChange({ q: undefined, mine: undefined, risk: undefined, agent: undefined, session: undefined })
          }
        >
          <CloseIcon />
        </Button>
      )}
    </search>
  );
}

/** What is chosen is always among them. */
function names(found: ReadonlyArray<string | undefined>, chosen: string | undefined): readonly string[] {
  const all = [...new Set(found.filter((name) => name !== undefined))].sort().slice(0, namesMost);
  return chosen === undefined || all.includes(chosen) ? all : [chosen, ...all];
}

interface ChoiceProps {
  label: string;
  all: string;
  names: readonly string[];
  chosen: string | undefined;
  onChoose: (name: string | undefined) => void;
}

function Choice({ label, all, names, chosen, onChoose }: ChoiceProps) {
  return (
    <select
      aria-label={label}
      value={chosen ?? ""}
      onChange={({ target }) => onChoose(target.value === "" ? undefined : target.value)}
      className={`${control} max-w-36`}
    >
      <option value="">{all}</option>
      {names.map((name) => (
        <option key={name} value={name}>
          {calm(name)}
        </option>
      ))}
    </select>
  );
}
