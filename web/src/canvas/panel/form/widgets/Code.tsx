/** Code and JSON in an editor that comes when it is needed. */
import { CircleX } from 'lucide-react';
import { Suspense, useState } from 'react';
import { cn } from '@/lib/cn';
import { lazily } from '@/lib/lazily';
import { control as look } from '@/ui/field';
import { usePanelWords } from '../../words';
import { useForm, type WidgetProps } from '../context';
import { FieldErrors } from '../FieldRow';
import { usePlaceholder } from '../labels';
import { hintNumber } from '../schema';
import { useDraft } from '../useDraft';
import { readJson, textOf } from './Text';

const CodeEditor = lazily(() => import('../editor/CodeEditor'));
const LANGUAGES = ['python', 'javascript', 'json', 'text'] as const;

export function CodeField({ spec, value, onChange, control }: WidgetProps) {
  const t = usePanelWords();
  const draft = useDraft(textOf(value), onChange);
  const fault = useFault(draft.text);
  const language = LANGUAGES.find((one) => one === spec.hints.language) ?? 'text';
  return (
    <>
      <CodeText
        text={draft.text}
        onChange={draft.onChange}
        onBlur={draft.flush}
        control={control}
        language={language}
        rows={hintNumber(spec.hints, 'rows') ?? 14}
        placeholder={usePlaceholder(spec)}
        fault={fault}
      />
      {fault && (
        <p className="flex items-center gap-1 text-xs text-bad">
          <CircleX size={13} aria-hidden="true" />
          {t('codeFailed', { line: fault })}
        </p>
      )}
      <p className="text-xs text-ink-3">{t('codeKeys')}</p>
    </>
  );
}

/** The line that failed, as long as the code is what it was when that became known. */
function useFault(text: string): number | undefined {
  const fault = useForm().fault ?? null;
  const [known, setKnown] = useState({ run: fault?.run, line: fault?.line, text });
  if (known.run !== fault?.run || known.line !== fault?.line) setKnown({ run: fault?.run, line: fault?.line, text });
  return known.text === text ? known.line : undefined;
}

const means = (text: string, other: string) => {
  const [a, b] = [readJson(text), readJson(other)];
  return JSON.stringify(a?.value) === JSON.stringify(b?.value);
};

export function JsonField({ spec, value, onChange, control }: WidgetProps) {
  const rows = hintNumber(spec.hints, 'rows') ?? 4;
  return <JsonText value={value} onChange={onChange} control={control} rows={rows} />;
}

interface JsonProps {
  value: unknown;
  onChange(value: unknown): void;
  control: WidgetProps['control'];
  rows: number;
}

/** Text that is no JSON is kept and said so; what was there before stays in the document. */
export function JsonText({ value, onChange, control, rows }: JsonProps) {
  const t = usePanelWords();
  const draft = useDraft(
    value === undefined ? '' : JSON.stringify(value, null, 2),
    (text) => {
      if (text.trim() === '') return onChange(undefined);
      const read = readJson(text);
      if (read) onChange(read.value);
    },
    means,
  );
  const wrong = draft.text.trim() !== '' && !readJson(draft.text);
  return (
    <>
      <CodeText
        text={draft.text}
        onChange={draft.onChange}
        onBlur={draft.flush}
        control={wrong ? { ...control, 'aria-invalid': true } : control}
        language="json"
        rows={rows}
      />
      {wrong && <FieldErrors id={`${control.id}-json`} errors={[t('faultJson')]} />}
    </>
  );
}

interface TextProps {
  text: string;
  onChange(text: string): void;
  onBlur(): void;
  control: WidgetProps['control'];
  language: (typeof LANGUAGES)[number];
  rows: number;
  placeholder?: string;
  fault?: number;
}

function CodeText({ text, onChange, onBlur, control, language, rows, placeholder, fault }: TextProps) {
  const { readOnly } = useForm();
  return (
    <div
      className={cn(
        look,
        'h-auto! overflow-hidden p-0! focus-within:outline-2 focus-within:outline-offset-0 focus-within:outline-focus',
        control['aria-invalid'] && 'border-bad!',
      )}
    >
      <Suspense
        fallback={
          <textarea
            {...control}
            rows={rows}
            spellCheck={false}
            value={text}
            placeholder={placeholder}
            onChange={(event) => onChange(event.target.value)}
            onBlur={onBlur}
            className="block w-full resize-none bg-transparent px-2.5 py-1.5 font-mono text-sm leading-5 outline-none"
          />
        }
      >
        <CodeEditor
          key={language}
          value={text}
          onChange={onChange}
          onBlur={onBlur}
          control={control}
          language={language}
          rows={rows}
          placeholder={placeholder}
          fault={fault}
          readOnly={readOnly}
        />
      </Suspense>
    </div>
  );
}
