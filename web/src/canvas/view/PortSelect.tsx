import { type CSSProperties, useEffect, useId, useState } from 'react';
import type { PortSpec } from '@/api/types';
import { useText } from '@/i18n';
import { Input } from '@/ui/field';
import { Select } from '@/ui/select';
import { assignable, type TypeTable } from '../graph/types';
import { hueOfType, shapeOf, typeName } from './portType';
import { useWords } from './words';

interface Props {
  label: string;
  value: string;
  ports: readonly PortSpec[];
  onChange(name: string): void;
  disabled?: boolean;
  /** Names that another row has. */
  taken?: readonly string[];
  /** What must fit into the chosen port. */
  accepts?: { type: string; table: TypeTable };
}

/** One port of a node, by its label; what does not fit is there but cannot be chosen, with the type that it wants. */
export function PortSelect({ label, value, ports, onChange, disabled, taken = [], accepts }: Props) {
  const t = useWords();
  const text = useText();
  const options = ports.map((port) => ({
    value: port.name,
    label: text(port.label) || port.name,
    hint: typeName(t, port.type),
    disabled: taken.includes(port.name) || (accepts && !assignable(accepts.type, port.type, accepts.table)),
  }));
  if (!ports.some((port) => port.name === value)) options.push({ value, label: value, hint: '', disabled: false });
  const chosen = ports.find((port) => port.name === value);
  return (
    <div className="min-w-0 flex-1">
      <Select label={label} value={value} options={options} onChange={onChange} disabled={disabled} />
      <PortType type={chosen?.type} />
    </div>
  );
}

/** A node with open inputs takes a value under any name; its templates can then use it. */
export function OpenInput({ value, ports, onChange, disabled }: Omit<Props, 'label' | 'taken' | 'accepts'>) {
  const t = useWords();
  const id = useId();
  const [draft, setDraft] = useState(value);
  useEffect(() => setDraft(value), [value]);
  const commit = () => {
    const name = draft.trim();
    if (/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) onChange(name);
    else setDraft(value);
  };
  return (
    <div className="min-w-0 flex-1">
      <Input
        aria-label={t('input')}
        list={id}
        value={draft}
        disabled={disabled}
        onChange={(event) => setDraft(event.target.value)}
        onBlur={commit}
        onKeyDown={(event) => event.key === 'Enter' && commit()}
      />
      <datalist id={id}>
        {ports.map((port) => (
          <option key={port.name} value={port.name} />
        ))}
      </datalist>
      <PortType type={ports.find((port) => port.name === value)?.type} />
    </div>
  );
}

/** The type of a port in word and sign, as on the card. */
function PortType({ type }: { type: string | undefined }) {
  const t = useWords();
  return (
    <p className="mt-0.5 flex h-4 items-center gap-1.5 pl-0.5 text-xs text-ink-3">
      {type && (
        <>
          <span
            aria-hidden="true"
            className="port-sign"
            data-shape={shapeOf(type)}
            style={{ '--dot': hueOfType(type) } as CSSProperties}
          />
          {typeName(t, type)}
        </>
      )}
    </p>
  );
}
