import { SlidersHorizontal } from 'lucide-react';
import { useState } from 'react';
import { FieldGrid } from '@/answer/FieldGrid';
import { readFields, type Texts } from '@/answer/fields';
import { useT, useText } from '@/i18n';
import { useCommon } from '@/i18n/common';
import { Button } from '@/ui/button';
import { Dialog } from '@/ui/dialog';
import type { Details } from './details';
import { words } from './words';

interface Props {
  details: Details;
  open: boolean;
  onOpen(open: boolean): void;
}

/** What the conversation was told besides the questions: said in a line, changed in a dialog. */
export function DetailsButton({ details, open, onOpen }: Props) {
  const t = useT(words);
  const text = useText();
  const { fields, texts, changed } = details;
  const said = fields.flatMap(({ name, label }) => (texts[name] ? `${text(label) || name}: ${texts[name]}` : []));
  return (
    <>
      <div className="mx-auto flex w-full max-w-3xl px-4 pb-1">
        <Button size="small" variant="ghost" icon={SlidersHorizontal} className="min-w-0" onClick={() => onOpen(true)}>
          <span className="sr-only">{t('details')}: </span>
          <span className="truncate">{said.join(' · ') || t('details')}</span>
          {changed && <span className="shrink-0 text-accent">{t('detailsChanged')}</span>}
        </Button>
      </div>
      {open && <DetailsDialog details={details} onClose={() => onOpen(false)} />}
    </>
  );
}

function DetailsDialog({ details, onClose }: { details: Details; onClose(): void }) {
  const t = useT(words);
  const c = useCommon();
  const [texts, setTexts] = useState<Texts>(details.texts);
  const [checked, setChecked] = useState(Object.keys(details.faults).length > 0);
  const { faults } = readFields(details.fields, texts);
  const save = () => {
    setChecked(true);
    if (Object.keys(faults).length) return;
    details.set(texts);
    onClose();
  };
  return (
    <Dialog
      open
      onClose={onClose}
      title={t('details')}
      description={t('detailsHint')}
      footer={
        <>
          <Button onClick={onClose}>{c('cancel')}</Button>
          <Button variant="primary" onClick={save}>
            {c('save')}
          </Button>
        </>
      }
    >
      <FieldGrid
        fields={details.fields}
        texts={texts}
        faults={checked ? faults : {}}
        onText={(name, value) => setTexts((now) => ({ ...now, [name]: value }))}
      />
    </Dialog>
  );
}
