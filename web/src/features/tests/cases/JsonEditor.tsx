/** JSON in an editor that comes when it is needed; typing works before. */
import { Suspense, useId } from 'react';
import { cn } from '@/lib/cn';
import { lazily } from '@/lib/lazily';
import { type ControlProps, control as look } from '@/ui/field';

const CodeEditor = lazily(() => import('@/canvas/panel/form/editor/CodeEditor'));

interface Props {
  control: ControlProps;
  label: string;
  value: string;
  onChange(value: string): void;
}

const ROWS = 6;
const nothing = () => {};

export function JsonEditor({ control, label, value, onChange }: Props) {
  const named = useId();
  return (
    <div
      className={cn(
        look,
        'h-auto! overflow-hidden p-0! focus-within:outline-2 focus-within:outline-offset-0 focus-within:outline-focus',
        control['aria-invalid'] && 'border-bad!',
      )}
    >
      <span id={named} className="sr-only">
        {label}
      </span>
      <Suspense
        fallback={
          <textarea
            {...control}
            rows={ROWS}
            spellCheck={false}
            value={value}
            onChange={(event) => onChange(event.target.value)}
            className="block w-full resize-none bg-transparent px-2.5 py-1.5 font-mono text-sm leading-5 outline-none"
          />
        }
      >
        <CodeEditor
          language="json"
          value={value}
          onChange={onChange}
          onBlur={nothing}
          rows={ROWS}
          readOnly={false}
          control={{
            id: control.id,
            'aria-labelledby': named,
            'aria-describedby': control['aria-describedby'],
            'aria-invalid': control['aria-invalid'] ? true : undefined,
          }}
        />
      </Suspense>
    </div>
  );
}
