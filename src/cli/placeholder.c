int mw_cli_placeholder;
