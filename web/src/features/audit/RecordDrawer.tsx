import type { ReactNode } from 'react';
import type { AuditRecord } from '@/api/types';
import { useFormat, useT, useText } from '@/i18n';
import { Button } from '@/ui/button';
import { CopyButton } from '@/ui/copy-button';
import { Drawer } from '@/ui/dialog';
import { Actor, useActorKind } from './Actor';
import { Outcome } from './Outcome';
import { Target } from './Target';
import type { Shown } from './useFilter';
import { words } from './words';

interface Props {
  record: AuditRecord;
  onClose(): void;
  onFilter(change: Shown): void;
}

/** All that one record says, and the ways from it to its like. */
export function RecordDrawer({ record, onClose, onFilter }: Props) {
  const t = useT(words);
  const text = useText();
  const format = useFormat();
  const kindOf = useActorKind();
  const { actor, target } = record;
  const json = JSON.stringify(record, null, 2);
  return (
    <Drawer open onClose={onClose} title={text(record.title)}>
      <div className="flex flex-col gap-5 p-4">
        <dl className="grid grid-cols-[auto_minmax(0,1fr)] gap-x-4 gap-y-2.5">
          <Fact name={t('outcome')}>
            <Outcome outcome={record.outcome} />
          </Fact>
          <Fact name={t('when')}>{format.fullDateTime(record.at)}</Fact>
          <Fact name={t('who')}>
            <Actor actor={actor} />
            <span className="block text-sm text-ink-3">
              {kindOf(actor.kind)}
              {actor.id && (
                <>
                  {' · '}
                  <span className="font-mono break-all">{actor.id}</span>
                </>
              )}
            </span>
          </Fact>
          <Fact name={t('target')}>
            <Target record={record} />
            {target.id && <span className="block font-mono text-sm break-all text-ink-3">{target.id}</span>}
          </Fact>
          {record.address && <Fact name={t('address')}>{record.address}</Fact>}
          {record.request_id && (
            <Fact name={t('request')}>
              <Code value={record.request_id} />
            </Fact>
          )}
          <Fact name={t('number')}>{format.number(record.seq)}</Fact>
          <Fact name={t('hash')}>
            <Code value={record.hash} />
            <span className="block text-sm text-ink-3">{t('hashHint')}</span>
          </Fact>
        </dl>
        {(actor.id || target.id) && (
          <div className="flex flex-wrap gap-2">
            {actor.id && (
              <Button size="small" onClick={() => onFilter({ actor: actor.id })}>
                {t('allBy', { name: actor.name || kindOf(actor.kind) })}
              </Button>
            )}
            {target.id && (
              <Button size="small" onClick={() => onFilter({ target: target.id })}>
                {t('allAbout')}
              </Button>
            )}
          </div>
        )}
        <section aria-label={t('json')}>
          <div className="mb-1 flex items-center justify-between">
            <h3 className="font-semibold">{t('json')}</h3>
            <CopyButton text={json} size="small" />
          </div>
          <pre className="overflow-x-auto rounded-md bg-sunken p-3 font-mono text-sm break-all whitespace-pre-wrap">
            {json}
          </pre>
        </section>
      </div>
    </Drawer>
  );
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <>
      <dt className="text-ink-3">{name}</dt>
      <dd className="min-w-0">{children}</dd>
    </>
  );
}

function Code({ value }: { value: string }) {
  return (
    <span className="flex items-start gap-1">
      <code className="min-w-0 flex-1 font-mono text-sm break-all">{value}</code>
      <span className="-my-1">
        <CopyButton text={value} size="small" />
      </span>
    </span>
  );
}
