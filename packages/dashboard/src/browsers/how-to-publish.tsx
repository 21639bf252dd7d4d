import { CopyLine } from "../components/copy-line.tsx";

/** Four grey pixels: a picture short enough for one line. */
const picture = "iVBORw0KGgoAAAANSUhEUgAAAAIAAAACCAAAAABX3VL4AAAADklEQVR4nGM4UcFwogIAB9YCgWEwKIsAAAAASUVORK5CYII=";

/** What is there today, and what is not. */
export function HowToPublish({ id }: { id: string }) {
  return (
    <>
      <p>
        Signalbox does not film browsers itself yet: that comes with a later release. Whatever takes pictures can
        publish them, and they are shown here as they come:
      </p>
      <CopyLine
        text={`npx signalbox publish browser:${id} browser_update '{"sessionId":"${id}","mediaType":"image/png","screenshot":"${picture}"}'`}
        says="publish a picture"
      />
    </>
  );
}
