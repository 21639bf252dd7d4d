/** The box that chooses a row; with Shift, all from the one chosen before. */
import { calm } from "../text/visible.ts";

export interface Choosing {
  chosen: boolean;
  onChoose: (key: string, range: boolean) => void;
}

interface RowCheckProps extends Choosing {
  of: string;
  title: string;
}

export function RowCheck({ of, title, chosen, onChoose }: RowCheckProps) {
  return (
    <label className="flex h-full w-6 shrink-0 cursor-pointer items-center justify-center">
      <input
        type="checkbox"
        checked={chosen}
        aria-label={`Select ${calm(title)}`}
        onChange={({ nativeEvent }) => onChoose(of, "shiftKey" in nativeEvent && nativeEvent.shiftKey === true)}
        className="h-4 w-4 cursor-pointer accent-(--run)"
      />
    </label>
  );
}
