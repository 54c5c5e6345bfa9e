import { cn } from '@/lib/cn';

export function Progress({
  value,
  label,
  tone = 'run',
}: {
  value: number;
  label: string;
  tone?: 'run' | 'bad' | 'ok';
}) {
  const percent = Math.round(Math.min(1, Math.max(0, value)) * 100);
  return (
    <div
      role="progressbar"
      aria-label={label}
      aria-valuenow={percent}
      aria-valuemin={0}
      aria-valuemax={100}
      className="h-1 overflow-hidden rounded-full bg-line"
    >
      <div
        className={cn(
          'h-full origin-left rounded-full transition-transform duration-120',
          { run: 'bg-run', bad: 'bg-bad', ok: 'bg-ok' }[tone],
        )}
        style={{ transform: `scaleX(${percent / 100})` }}
      />
    </div>
  );
}
