"""The newsroom: all sites on one page within Airflow, those first that need somebody."""
