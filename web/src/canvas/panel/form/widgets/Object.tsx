/** An object inside a setting: its own fields, indented; and a graph inside a setting, which opens on the canvas. */
import { SquareArrowOutUpRight } from 'lucide-react';
import { Button } from '@/ui/button';
import { usePanelWords } from '../../words';
import { useForm, type WidgetProps } from '../context';
import { Fields } from '../Fields';
import { isRecord } from '../schema';

const NOTHING = {};

export function ObjectField({ spec, root, value, onChange, pointer }: WidgetProps) {
  const now = isRecord(value) ? value : NOTHING;
  return (
    <div className="flex flex-col gap-3 border-l-2 border-line pl-3">
      <Fields
        schema={spec.schema}
        root={root}
        value={now}
        pointer={pointer}
        onField={(name, next) => onChange(withField(now, name, next))}
      />
    </div>
  );
}

/** Undefined takes a field out; fields that the schema does not know stay. */
export function withField(object: Record<string, unknown>, name: string, value: unknown): Record<string, unknown> {
  if (value !== undefined) return { ...object, [name]: value };
  const { [name]: _, ...rest } = object;
  return rest;
}

export function NestedGraphField({ spec, value }: WidgetProps) {
  const t = usePanelWords();
  const { onOpenInside } = useForm();
  const n = isRecord(value) && Array.isArray(value.nodes) ? value.nodes.length : 0;
  return (
    <div className="flex items-center justify-between gap-2 rounded-md border border-line bg-canvas py-1 pr-1 pl-2.5">
      <span className="figures text-ink-2">{t('nodesInside', { n })}</span>
      {onOpenInside && (
        <Button size="small" icon={SquareArrowOutUpRight} onClick={() => onOpenInside(spec.name)}>
          {t('openInside')}
        </Button>
      )}
    </div>
  );
}
