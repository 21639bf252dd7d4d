/** How the panel looks, and the token it uses. */
import { Link } from "@tanstack/react-router";
import { DropdownMenu } from "radix-ui";
import { type ReactNode, use } from "react";
import { CheckIcon, RowsIcon } from "../components/icons.tsx";
import { prefer, preferences } from "../stores/preferences.ts";
import { useReadable } from "../stores/use-readable.ts";
import { densities, SettingsFace, themes } from "./settings-face.tsx";
import { TokenContext } from "./token-context.ts";

export function SettingsMenu() {
  const { theme, density } = useReadable(preferences);
  const { forget } = use(TokenContext);
  return (
    // Not modal: a modal menu would put a style element into the page, which the content policy refuses.
    <DropdownMenu.Root modal={false}>
      <DropdownMenu.Trigger asChild>
        <SettingsFace />
      </DropdownMenu.Trigger>
      <DropdownMenu.Portal>
        <DropdownMenu.Content
          sideOffset={6}
          align="start"
          collisionPadding={8}
          className="z-40 min-w-52 rounded-lg border border-rule bg-raised p-1 text-[13px] shadow-float"
        >
          <Heading>Theme</Heading>
          <DropdownMenu.RadioGroup value={theme}>
            {themes.map(([name, label, mark]) => (
              <Choice key={name} value={name} icon={mark} onChoose={() => prefer({ theme: name })}>
                {label}
              </Choice>
            ))}
          </DropdownMenu.RadioGroup>
          <Heading>Density</Heading>
          <DropdownMenu.RadioGroup value={density}>
            {densities.map(([name, label]) => (
              <Choice key={name} value={name} icon={<RowsIcon />} onChoose={() => prefer({ density: name })}>
                {label}
              </Choice>
            ))}
          </DropdownMenu.RadioGroup>
          <DropdownMenu.Separator className="my-1 h-px bg-rule" />
          <DropdownMenu.Item asChild>
            <Link
              to="/settings"
              className="flex h-8 cursor-pointer items-center rounded-md px-2 outline-none data-[highlighted]:bg-sunken"
            >
              All settings
            </Link>
          </DropdownMenu.Item>
          <DropdownMenu.Separator className="my-1 h-px bg-rule" />
          <DropdownMenu.Item
            onSelect={forget}
            className="flex h-8 cursor-pointer items-center rounded-md px-2 outline-none data-[highlighted]:bg-sunken"
          >
            Forget the token in this browser
          </DropdownMenu.Item>
        </DropdownMenu.Content>
      </DropdownMenu.Portal>
    </DropdownMenu.Root>
  );
}

const Heading = ({ children }: { children: ReactNode }) => (
  <DropdownMenu.Label className="px-2 pt-2 pb-1 text-xs font-medium text-ink-3">{children}</DropdownMenu.Label>
);

interface ChoiceProps {
  value: string;
  icon: ReactNode;
  onChoose: () => void;
  children: ReactNode;
}

function Choice({ value, icon, onChoose, children }: ChoiceProps) {
  return (
    <DropdownMenu.RadioItem
      value={value}
      onSelect={(event) => {
        // Stays open: people try one after the other.
        event.preventDefault();
        onChoose();
      }}
      className="flex h-8 cursor-pointer items-center gap-2 rounded-md px-2 outline-none data-[highlighted]:bg-sunken"
    >
      {icon}
      <span className="flex-1">{children}</span>
      <DropdownMenu.ItemIndicator>
        <CheckIcon className="h-4 w-4 text-run" />
      </DropdownMenu.ItemIndicator>
    </DropdownMenu.RadioItem>
  );
}
