import { PageHead } from "../components/page.tsx";

export const SettingsPage = () => <PageHead title="Settings" />;
