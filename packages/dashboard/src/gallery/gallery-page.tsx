/** Every shared part in every state, in both themes side by side. */
import { PageHead } from "../components/page.tsx";
import { Parts } from "./parts.tsx";

export function GalleryPage() {
  return (
    <>
      <PageHead title="Gallery">
        <span className="text-[13px] text-ink-2">every shared part, light and dark</span>
      </PageHead>
      <div className="flex min-h-0 flex-1 flex-wrap content-start overflow-y-auto border-t border-rule">
        <section data-theme="light" aria-label="Light" className="flex min-w-0 flex-1 basis-96">
          <Parts />
        </section>
        <section data-theme="dark" aria-label="Dark" className="flex min-w-0 flex-1 basis-96">
          <Parts />
        </section>
      </div>
    </>
  );
}
