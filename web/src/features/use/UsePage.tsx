export default function UsePage() {
  return null;
}
