# Three figures of one indicator, with the labels of their codes
curl -s 'http://127.0.0.1:8001/api/v1/observations?indicator=uk-maternal-mortality-rate&limit=3'
