"""An OpenAPI file: read with its line numbers, looked through by rule, and compared with an earlier one."""
