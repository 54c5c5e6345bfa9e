interface Props {
  /** Of its group. */
  name: string;
  checked: boolean;
  onChoose(): void;
  label: string;
  hint: string;
}

/** One of a few ways, with what it means. */
export function Choice({ name, checked, onChoose, label, hint }: Props) {
  return (
    <label className="flex cursor-pointer items-start gap-2.5 rounded-md border border-line bg-surface px-3 py-2 has-checked:border-accent has-checked:bg-accent-soft/40 has-focus-visible:outline-2 has-focus-visible:outline-offset-2 has-focus-visible:outline-focus">
      <input
        type="radio"
        name={name}
        checked={checked}
        onChange={onChoose}
        className="mt-[3.5px] shrink-0 accent-accent outline-none"
      />
      <span>
        <span className="block font-medium">{label}</span>
        <span className="block text-sm text-ink-2">{hint}</span>
      </span>
    </label>
  );
}
