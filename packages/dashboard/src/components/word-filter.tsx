import { CloseIcon, SearchIcon } from "./icons.tsx";

interface WordFilterProps {
  label: string;
  value: string;
  onChange: (value: string) => void;
}

/** Only what has these words. */
export function WordFilter({ label, value, onChange }: WordFilterProps) {
  return (
    <span className="relative flex items-center max-md:w-full">
      <SearchIcon className="pointer-events-none absolute left-2.5 h-4 w-4 text-ink-3" />
      <input
        type="search"
        aria-label={label}
        placeholder="Filter by words"
        value={value}
        onChange={(event) => onChange(event.target.value)}
        className="h-8 w-full rounded-md border border-rule bg-panel pr-8 pl-8 text-[13px] placeholder:text-ink-3 md:w-56 [&::-webkit-search-cancel-button]:hidden"
      />
      {value !== "" && (
        <button
          type="button"
          aria-label="Clear the words"
          onClick={() => onChange("")}
          className="absolute right-2 cursor-pointer text-ink-3"
        >
          <CloseIcon />
        </button>
      )}
    </span>
  );
}
