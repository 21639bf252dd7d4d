/** The settings, one section at a time. */
import { useNavigate, useSearch } from "@tanstack/react-router";
import { PageHead } from "../components/page.tsx";
import { Tabs } from "../components/tabs.tsx";
import { sections } from "./sections.tsx";

const tabs = sections.map(({ id, title }) => ({ name: id, label: title }));

export function SettingsPage() {
  const { section } = useSearch({ from: "/settings" });
  const navigate = useNavigate();
  const chosen = sections.find(({ id }) => id === section) ?? sections[0];
  if (!chosen) return null;
  const { id, Section } = chosen;
  return (
    <>
      <PageHead title="Settings" />
      <Tabs
        label="Sections"
        tabs={tabs}
        chosen={id}
        onChoose={(next) => void navigate({ to: "/settings", search: { section: next }, replace: true })}
      >
        <div className="flex min-h-0 flex-1 flex-col overflow-y-auto bg-panel px-4 py-4 md:px-6">
          <div className="flex max-w-3xl flex-col gap-4 pb-6">
            <Section />
          </div>
        </div>
      </Tabs>
    </>
  );
}
