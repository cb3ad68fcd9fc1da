import { defineConfig } from 'vitest/config'

// Two projects by what they need: `unit` runs anywhere in seconds; `integration` starts the real parts
// (Kafka, Postgres, Kubernetes) through infra/, one file after the other, because the machine is shared.
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          include: ['{packages,services,infra,test}/**/*.unit.test.ts'],
          exclude: ['**/node_modules/**'],
          // A hang ends here; how quick something is, the benches say.
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
      {
        test: {
          name: 'integration',
          include: ['{packages,services,infra,test}/**/*.int.test.ts'],
          exclude: ['**/node_modules/**'],
          fileParallelism: false,
          testTimeout: 240_000,
          hookTimeout: 900_000,
        },
      },
    ],
  },
})
