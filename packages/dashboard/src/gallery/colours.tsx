/** The colours on their grounds, with the contrast that they have here. */
import { useEffect, useRef, useState } from "react";
import { Table } from "../components/table.tsx";
import { contrast, pairs, type Rgb, rgbOf } from "./contrast.ts";

interface Measured {
  ink: string;
  ground: string;
  least: 4.5 | 3;
  ratio: number;
}

export function Colours() {
  const here = useRef<HTMLDivElement>(null);
  const [rows, setRows] = useState<readonly Measured[]>([]);
  useEffect(() => setRows(measure(here.current)), []);
  const low = rows.filter(({ ratio, least }) => ratio < least).length;
  return (
    <div ref={here} className="flex flex-col gap-2">
      <p className="text-[13px] text-ink-2">
        {low === 0 ? "All pairs have the contrast that AA asks for." : `${low} pairs have too little contrast.`}
      </p>
      <div className="rounded-md border border-rule">
        <Table
          label="Contrast"
          rows={rows}
          keyOf={({ ink, ground }) => `${ink} ${ground}`}
          columns={[
            {
              name: "Colour",
              cell: (row) => <Swatch {...row} />,
            },
            { name: "On", cell: ({ ground }) => <span className="font-mono text-xs">{ground}</span> },
            { name: "Measured", align: "right", cell: ({ ratio }) => `${ratio.toFixed(1)} : 1` },
            { name: "AA asks", align: "right", cell: ({ least }) => `${least} : 1`, wideOnly: true },
          ]}
        />
      </div>
    </div>
  );
}

/** Text as text, lines as a line. */
function Swatch({ ink, ground, least }: Measured) {
  if (least === 4.5) {
    return (
      <span
        className="rounded px-2 py-0.5 font-mono text-xs"
        style={{ color: `var(--${ink})`, background: `var(--${ground})` }}
      >
        {ink}
      </span>
    );
  }
  return (
    <span className="flex items-center gap-2 font-mono text-xs">
      <span
        className="h-4 w-8 rounded border-2"
        style={{ borderColor: `var(--${ink})`, background: `var(--${ground})` }}
      />
      {ink}
    </span>
  );
}

function measure(element: HTMLElement | null): Measured[] {
  if (element === null) return [];
  const style = getComputedStyle(element);
  const colour = (name: string): Rgb => rgbOf(style.getPropertyValue(`--${name}`)) ?? [0, 0, 0];
  return pairs.flatMap(({ ink, grounds, least }) =>
    grounds.map((ground) => ({ ink, ground, least, ratio: contrast(colour(ink), colour(ground)) })),
  );
}
