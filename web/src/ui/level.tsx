import { LockKeyhole } from 'lucide-react';
import { common, useCommon } from '@/i18n/common';
import { Badge, type Tone } from './badge';

const TONES: Record<string, Tone> = { public: 'idle', internal: 'accent', confidential: 'warn', restricted: 'bad' };

/** The word for a level of sensitivity; levels that an installation made up are shown as they are. */
export function useLevelName(): (level: string) => string {
  const t = useCommon();
  return (level) => {
    const key = `level_${level}`;
    return key in common.en ? t(key as keyof typeof common.en) : level;
  };
}

/** A data label: level in words and colour, then its tags. */
export function LevelBadge({ label, className }: { label: { level: string; tags: string[] }; className?: string }) {
  const name = useLevelName();
  return (
    <Badge tone={TONES[label.level] ?? 'idle'} icon={LockKeyhole} className={className}>
      {[name(label.level), ...label.tags].join(' · ')}
    </Badge>
  );
}
