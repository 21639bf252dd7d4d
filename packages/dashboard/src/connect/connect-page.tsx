import { PageHead } from "../components/page.tsx";

export const ConnectPage = () => <PageHead title="Connect" />;
