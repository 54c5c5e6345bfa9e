/** The names in scope under a button: searched, clicked, or dragged into the text. */
import { Braces } from 'lucide-react';
import { usePanelWords } from '../../words';
import { PickList } from '../PickList';
import { type FieldScope, useScopeOptions } from '../scope';
import { reference } from '../template';
import { SecretsLink } from './SecretText';

interface Props {
  label: string;
  scope: FieldScope;
  onInsert(name: string): void;
}

export function InsertVariable({ label, scope, onInsert }: Props) {
  const t = usePanelWords();
  const options = useScopeOptions(scope.names);
  return (
    <PickList
      mono
      label={t('insertVariable')}
      search={t('searchVariables')}
      options={() => options}
      onTake={onInsert}
      dragged={reference}
      none={(total) => (total ? t('noSuchVariable') : t('noVariables'))}
      hint={t('dragHint')}
      footer={scope.secrets && <SecretsLink secrets={scope.secrets} />}
      trigger={
        <button
          type="button"
          aria-label={t('insertInto', { label })}
          className="flex h-7 shrink-0 items-center gap-1 rounded-sm px-1.5 text-sm font-medium text-accent hover:bg-accent-soft"
        >
          <Braces size={14} aria-hidden="true" />
          {t('insertVariable')}
        </button>
      }
    />
  );
}
