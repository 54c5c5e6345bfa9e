export default function DatasetPage() {
  return null;
}
