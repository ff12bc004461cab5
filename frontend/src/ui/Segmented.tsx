/** A choice of a few, all of them in sight: radio buttons that look like one control. */
import { useId } from "react";
import { classes } from "./classes";

interface SegmentedProps<V extends string> {
  label: string;
  value: V;
  options: readonly { value: V; label: string }[];
  onChange: (value: V) => void;
}

export function Segmented<V extends string>({ label, value, options, onChange }: SegmentedProps<V>) {
  const name = useId();
  return (
    <fieldset className="inline-flex flex-wrap rounded-[0.625rem] border border-line bg-raised p-0.5">
      <legend className="sr-only">{label}</legend>
      {options.map((option) => (
        <label
          key={option.value}
          className={classes(
            "flex min-h-8 cursor-pointer items-center rounded-lg px-3 text-sm font-medium has-focus-visible:outline-2 has-focus-visible:outline-accent",
            option.value === value ? "bg-surface text-ink shadow-card" : "text-muted hover:text-ink",
          )}
        >
          <input
            type="radio"
            name={name}
            className="sr-only"
            checked={option.value === value}
            onChange={() => onChange(option.value)}
          />
          {option.label}
        </label>
      ))}
    </fieldset>
  );
}
