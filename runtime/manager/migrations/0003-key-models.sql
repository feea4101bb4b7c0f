-- Which models a tenant's key may use, as the gateway was last told: another list in the settings is told when a manager takes over.
alter table tenants add column key_models text;
