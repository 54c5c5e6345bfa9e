import type { AuditRecord } from '@/api/types';
import { useFormat, useT, useText } from '@/i18n';
import { Table } from '@/ui/table';
import { Actor } from './Actor';
import { Outcome } from './Outcome';
import { Target } from './Target';
import { words } from './words';

interface Props {
  records: AuditRecord[];
  onOpen(record: AuditRecord): void;
}

export function RecordTable({ records, onOpen }: Props) {
  const t = useT(words);
  const text = useText();
  const format = useFormat();
  return (
    <Table
      label={t('records')}
      rows={records}
      rowKey={(record) => String(record.seq)}
      columns={[
        {
          id: 'what',
          title: t('what'),
          className: 'sm:max-w-64',
          cell: (record) => (
            <button
              type="button"
              aria-haspopup="dialog"
              onClick={() => onOpen(record)}
              className="min-h-6 max-w-full truncate rounded-sm text-left font-medium hover:text-accent hover:underline"
            >
              {text(record.title)}
            </button>
          ),
        },
        { id: 'who', title: t('who'), className: 'sm:max-w-40', cell: (record) => <Actor actor={record.actor} /> },
        {
          id: 'target',
          title: t('target'),
          className: 'sm:max-w-72 max-sm:max-w-full',
          cell: (record) => <Target record={record} />,
        },
        { id: 'outcome', title: t('outcome'), cell: (record) => <Outcome outcome={record.outcome} /> },
        {
          id: 'when',
          title: t('when'),
          align: 'right',
          className: 'whitespace-nowrap text-ink-2',
          cell: (record) => (
            <time dateTime={new Date(record.at).toISOString()} title={format.ago(record.at)}>
              {format.fullDateTime(record.at)}
            </time>
          ),
        },
      ]}
    />
  );
}
