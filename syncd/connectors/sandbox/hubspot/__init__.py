"""The emulated HubSpot portal: `state.HubSpot` is the truth, `routes.app` the API over it."""
