import { QueryClientProvider } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { queryClient } from "./api/queries";
import { LanguageProvider } from "./language/language";
import { router } from "./router";
import { Announcer } from "./ui/announcer";
import "./session/current";
import "./styles.css";

const root = document.getElementById("root");
if (!root) throw new Error("index.html has no #root");

createRoot(root).render(
  <StrictMode>
    <QueryClientProvider client={queryClient}>
      <LanguageProvider>
        <Announcer>
          <RouterProvider router={router} />
        </Announcer>
      </LanguageProvider>
    </QueryClientProvider>
  </StrictMode>,
);
