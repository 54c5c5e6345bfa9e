/** A select for pages that must be there at once: its list comes after them, and until then its value is shown. */
import { ChevronDown } from 'lucide-react';
import { type ComponentProps, Suspense } from 'react';
import { cn } from '@/lib/cn';
import { lazily } from '@/lib/lazily';
import { control } from './field';

const Select = lazily(() => import('./select').then((module) => ({ default: module.Select })));

export function LazySelect(props: ComponentProps<typeof Select>) {
  const chosen = props.options.find((option) => option.value === props.value);
  return (
    <Suspense
      fallback={
        <div aria-hidden="true" className={cn(control, 'flex items-center justify-between gap-2', props.className)}>
          <span className={cn('truncate', chosen || 'text-ink-3')}>{chosen?.label ?? props.placeholder}</span>
          <ChevronDown size={15} className="shrink-0 text-ink-3" />
        </div>
      }
    >
      <Select {...props} />
    </Suspense>
  );
}
