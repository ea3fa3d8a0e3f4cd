"""What Kliping adds to Airflow's own pages."""
