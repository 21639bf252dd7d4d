/** The settings, one section below the other. */
import { PageHead } from "../components/page.tsx";
import { sections } from "./sections.tsx";

export function SettingsPage() {
  return (
    <>
      <PageHead title="Settings" />
      <div className="flex min-h-0 flex-1 flex-col gap-6 overflow-y-auto px-4 pb-6 md:px-6">
        {sections.map(({ id, Section }) => (
          <div key={id} id={id} className="max-w-5xl">
            <Section />
          </div>
        ))}
      </div>
    </>
  );
}
