import { useParams } from '@tanstack/react-router';
import EditorPage from '@/features/editor/EditorPage';

/** The canvas; a new app is a new editor, with nothing kept from the last one. */
export default function DesignRoute() {
  const { appId } = useParams({ from: '/shell/apps/$appId/design' });
  return <EditorPage key={appId} appId={appId} />;
}
