/** A template: names in colour and completed, with a list to put them in by hand. */
import { Suspense, useRef } from 'react';
import { cn } from '@/lib/cn';
import { lazily } from '@/lib/lazily';
import { control as look } from '@/ui/field';
import { usePanelWords } from '../../words';
import { useForm, type WidgetProps } from '../context';
import type { EditorHandle } from '../editor/handle';
import { usePlaceholder } from '../labels';
import { hintNumber } from '../schema';
import { useFieldScope } from '../scope';
import { reference } from '../template';
import { useDraft } from '../useDraft';
import { InsertVariable } from './InsertVariable';
import { emptied, textOf } from './Text';

const TemplateEditor = lazily(() => import('../editor/TemplateEditor'));

export function TemplateField({ spec, value, onChange, control, label }: WidgetProps) {
  const t = usePanelWords();
  const { readOnly } = useForm();
  const scope = useFieldScope(spec);
  const draft = useDraft(textOf(value), (text) => onChange(emptied(text, spec)));
  const editor = useRef<EditorHandle>(null);
  const placeholder = usePlaceholder(spec);
  const rows = hintNumber(spec.hints, 'rows') ?? 5;
  const insert = (name: string) => {
    if (editor.current) editor.current.insert(name);
    else draft.onChange(draft.text + reference(name));
  };
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
          // Typing works before the editor has come.
          <textarea
            {...control}
            rows={rows}
            value={draft.text}
            placeholder={placeholder}
            onChange={(event) => draft.onChange(event.target.value)}
            onBlur={draft.flush}
            className="block w-full resize-none bg-transparent px-2.5 py-1.5 font-mono text-sm leading-5 outline-none placeholder:text-ink-3"
          />
        }
      >
        <TemplateEditor
          ref={editor}
          value={draft.text}
          onChange={draft.onChange}
          onBlur={draft.flush}
          control={control}
          rows={rows}
          placeholder={placeholder}
          readOnly={readOnly}
          scope={scope}
        />
      </Suspense>
      {!readOnly && (
        <div className="flex items-center justify-between gap-2 border-t border-line bg-canvas py-0.5 pr-2 pl-0.5">
          <InsertVariable label={label} scope={scope} onInsert={insert} />
          <span className="truncate text-xs text-ink-3">{t('templateHint')}</span>
        </div>
      )}
    </div>
  );
}
