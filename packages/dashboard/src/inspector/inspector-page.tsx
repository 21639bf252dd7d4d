import { PageHead } from "../components/page.tsx";

export const InspectorPage = () => <PageHead title="Messages" />;
