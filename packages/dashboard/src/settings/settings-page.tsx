import { PageHead } from "../components/page.tsx";
import { sections } from "./sections.tsx";

export function SettingsPage() {
  return (
    <>
      <PageHead title="Settings" />
      <div className="flex min-h-0 flex-1 flex-col overflow-y-auto bg-panel px-4 py-4 md:px-6">
        <div className="flex max-w-3xl flex-col gap-4 pb-6">
          {sections.map(({ id, Section }) => (
            <Section key={id} />
          ))}
        </div>
      </div>
    </>
  );
}
