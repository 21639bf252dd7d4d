/** Export: what is shown, or more, as a file. */
import { DropdownMenu } from "radix-ui";
import { Button } from "../components/button.tsx";
import { DownloadIcon } from "../components/icons.tsx";
import { toast } from "../stores/toasts.ts";

export interface Export {
  /** `CSV, 120 rows`: the form, and how much. */
  label: string;
  /** Makes and saves the file. */
  run: () => void | Promise<void>;
}

export function ExportMenu({ exports }: { exports: readonly Export[] }) {
  return (
    <DropdownMenu.Root modal={false}>
      <DropdownMenu.Trigger asChild>
        <Button>
          <DownloadIcon /> Export
        </Button>
      </DropdownMenu.Trigger>
      <DropdownMenu.Portal>
        <DropdownMenu.Content
          sideOffset={6}
          align="end"
          collisionPadding={8}
          className="z-40 min-w-44 rounded-lg border border-rule bg-raised p-1 text-[13px] shadow-float"
        >
          {exports.map(({ label, run }) => (
            <DropdownMenu.Item
              key={label}
              onSelect={() => void start(run)}
              className="flex h-8 cursor-pointer items-center rounded-md px-2 outline-none data-[highlighted]:bg-sunken"
            >
              {label}
            </DropdownMenu.Item>
          ))}
        </DropdownMenu.Content>
      </DropdownMenu.Portal>
    </DropdownMenu.Root>
  );
}

async function start(run: Export["run"]): Promise<void> {
  try {
    await run();
  } catch (error) {
    toast(`The export failed: ${error instanceof Error ? error.message : String(error)}`, "bad");
  }
}
