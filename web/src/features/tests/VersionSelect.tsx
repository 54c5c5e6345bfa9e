import { useT } from '@/i18n';
import { Select } from '@/ui/select';
import { words } from './words';

export type Version = 'draft' | 'published';

interface Props {
  published: number;
  value: Version;
  onChange(value: Version): void;
}

export default function VersionSelect({ published, value, onChange }: Props) {
  const t = useT(words);
  return (
    <Select
      label={t('version')}
      className="w-36!"
      value={value}
      onChange={(next) => onChange(next === 'published' ? 'published' : 'draft')}
      options={[
        { value: 'draft', label: t('draft') },
        { value: 'published', label: t('publishedN', { n: published }) },
      ]}
    />
  );
}
