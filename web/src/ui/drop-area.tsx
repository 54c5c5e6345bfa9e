import { Upload } from 'lucide-react';
import { type DragEvent, useId, useState } from 'react';
import { cn } from '@/lib/cn';

interface Props {
  label: string;
  hint: string;
  accept?: string;
  multiple?: boolean;
  onFiles(files: File[]): void;
  className?: string;
}

/** Files by button, keyboard or drop. */
export function DropArea({ label, hint, accept, multiple, onFiles, className }: Props) {
  const id = useId();
  const [over, setOver] = useState(false);
  const drop = (event: DragEvent) => {
    event.preventDefault();
    setOver(false);
    onFiles([...event.dataTransfer.files].slice(0, multiple ? undefined : 1));
  };
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: dropping is the mouse's way; the input inside is everyone's
    <div
      onDragOver={(event) => {
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={() => setOver(false)}
      onDrop={drop}
      className={cn(
        'relative flex flex-col items-center justify-center gap-1 rounded-lg border border-dashed px-4 py-6 text-center transition-colors duration-120 focus-within:outline-2 focus-within:outline-offset-2 focus-within:outline-focus',
        over ? 'border-accent bg-accent-soft' : 'border-line-strong bg-canvas hover:border-accent',
        className,
      )}
    >
      <Upload size={18} aria-hidden="true" className="text-accent" />
      <label htmlFor={id} className="font-semibold text-accent after:absolute after:inset-0 after:cursor-pointer">
        {label}
      </label>
      <span className="text-sm text-ink-3">{hint}</span>
      <input
        id={id}
        type="file"
        accept={accept}
        multiple={multiple}
        className="sr-only"
        onChange={(event) => {
          onFiles([...(event.target.files ?? [])]);
          event.target.value = '';
        }}
      />
    </div>
  );
}
